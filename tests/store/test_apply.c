/* SPDX-License-Identifier: Apache-2.0
 * What users lose when the tables do not follow from the records alone. */
#include "desk.h"

TEST(a_claim_that_was_taken_in_can_be_read_back)
{
    struct desk d;
    desk_init(&d);
    desk_open(&d);
    desk_introduce(&d, 0, "checker.example");
    struct seal_hash id = desk_say(&d, 0, "claim", "checker.example", NULL, NULL, NULL);
    desk_apply_all(&d);
    struct store_object o = desk_object(&d, &id);
    CHECK_TEXT(o.kind, "claim");
    CHECK_TEXT(o.org, "checker.example");
    CHECK_TEXT(o.why, "");
    CHECK_TEXT(o.state, "published");
    CHECK(o.current != NULL && o.n_events == 1 && o.events[0].in_effect);
    desk_done(&d);
}

TESTS(RUN(a_claim_that_was_taken_in_can_be_read_back))
