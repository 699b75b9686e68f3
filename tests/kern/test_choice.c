/* SPDX-License-Identifier: Apache-2.0
 * Which variant runs, and what a user is told who asks for another. */
#include "test.h"

#include "kern/kern.h"

/* First, because nothing may have chosen before. */
TEST(a_library_with_a_wrong_sanad_cpu_takes_the_safe_variant_instead_of_crashing)
{
    setenv("SANAD_CPU", "pentium", 1);
    CHECK(strcmp(kern_name(), "scalar") == 0);
    CHECK(kern() == kern_variant(0));
}

TEST(a_wrong_sanad_cpu_is_told_by_name_and_the_choice_stays)
{
    CHECK_OK(kern_select(VIEW("scalar")));
    setenv("SANAD_CPU", "avx1024", 1);
    CHECK_FAILS(E_USAGE, kern_start());
    CHECK_MESSAGE("SANAD_CPU");
    CHECK_MESSAGE("avx1024");
    CHECK(strcmp(kern_name(), "scalar") == 0);
    CHECK_FAILS(E_USAGE, kern_select(VIEW("AVX2")));
    CHECK_FAILS(E_USAGE, kern_select(VIEW("scalar ")));
    CHECK(strcmp(kern_name(), "scalar") == 0);
}

TEST(sanad_cpu_forces_each_variant_this_machine_has)
{
    for (size_t i = 0; kern_variant(i); i++) {
        setenv("SANAD_CPU", kern_variant(i)->name, 1);
        CHECK_OK(kern_start());
        CHECK(kern() == kern_variant(i));
        CHECK(strcmp(kern_name(), kern_variant(i)->name) == 0);
    }
}

TEST(without_sanad_cpu_the_fastest_variant_runs)
{
    const struct kern *best = NULL;
    for (size_t i = 0; kern_variant(i); i++)
        best = kern_variant(i);
    static const char *const k_values[] = {NULL, ""};
    for (size_t i = 0; i < COUNT_OF(k_values); i++) {
        if (k_values[i])
            setenv("SANAD_CPU", k_values[i], 1);
        else
            unsetenv("SANAD_CPU");
        CHECK_OK(kern_select(VIEW("scalar")));
        CHECK_OK(kern_start());
        CHECK(kern() == best);
    }
}

TEST(a_variant_this_machine_lacks_is_refused_with_the_reason)
{
    static const char *const k_names[] = {"avx2", "avx512"};
    bool asked = false;
    for (size_t i = 0; i < COUNT_OF(k_names); i++) {
        bool here = false;
        for (size_t j = 0; kern_variant(j); j++)
            here |= strcmp(kern_variant(j)->name, k_names[i]) == 0;
        if (here) continue;
        asked = true;
        CHECK_FAILS(E_USAGE, kern_select(view_cstr(k_names[i])));
        CHECK_MESSAGE(k_names[i]);
    }
    if (!asked) SKIP("this machine runs every variant");
}

TESTS(RUN(a_library_with_a_wrong_sanad_cpu_takes_the_safe_variant_instead_of_crashing),
      RUN(a_wrong_sanad_cpu_is_told_by_name_and_the_choice_stays),
      RUN(sanad_cpu_forces_each_variant_this_machine_has),
      RUN(without_sanad_cpu_the_fastest_variant_runs),
      RUN(a_variant_this_machine_lacks_is_refused_with_the_reason))
