/* SPDX-License-Identifier: Apache-2.0
 * Counted objects swapped under readers. The short lock closes the gap between reading the pointer
 * and raising the count. */
#include "base/base.h"

#include <sched.h>

static void lock(struct counted_place *place)
{
    while (__atomic_test_and_set(&place->locked, __ATOMIC_ACQUIRE))
        sched_yield();
}

static void unlock(struct counted_place *place)
{
    __atomic_clear(&place->locked, __ATOMIC_RELEASE);
}

struct counted *counted_hold(struct counted_place *place)
{
    lock(place);
    struct counted *object = place->now;
    if (object) __atomic_add_fetch(&object->holders, 1, __ATOMIC_RELAXED);
    unlock(place);
    return object;
}

void counted_drop(struct counted *object)
{
    if (object && __atomic_sub_fetch(&object->holders, 1, __ATOMIC_ACQ_REL) == 0)
        object->release(object);
}

void counted_swap(struct counted_place *place, struct counted *object)
{
    if (object) object->holders = 1;
    lock(place);
    struct counted *old = place->now;
    place->now = object;
    unlock(place);
    counted_drop(old);
}
