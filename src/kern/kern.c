/* SPDX-License-Identifier: Apache-2.0
 *
 * Which variant this process uses. The vector files are compiled with flags of their own, so
 * nothing of them may run before the processor and the operating system were asked. */
#include "kern/kern_int.h"

#include <stdatomic.h>
#include <stdlib.h>

static bool runs_scalar(void)
{
    return true;
}

#if defined(__x86_64__)
/* __builtin_cpu_supports also asks whether the system saves the wide registers (XGETBV). */
static bool runs_avx2(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
}

/* The set of Ice Lake and Zen 4; older AVX-512 machines run the AVX2 loops. */
static bool runs_avx512(void)
{
    return runs_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vpopcntdq");
}
#endif

/* From the slowest to the fastest. */
static const struct {
    const struct kern *loops;
    bool (*runs_here)(void);
} k_variants[] = {
    {&k_kern_scalar, runs_scalar},
#if defined(__x86_64__)
    {&k_kern_avx2, runs_avx2},
    {&k_kern_avx512, runs_avx512},
#endif
};

static _Atomic(const struct kern *) g_chosen;

const struct kern *kern_variant(size_t i)
{
    for (size_t at = 0; at < COUNT_OF(k_variants); at++)
        if (k_variants[at].runs_here() && i-- == 0) return k_variants[at].loops;
    return NULL;
}

static rc find_variant(struct view name, const struct kern **out)
{
    const struct kern *best = NULL;
    for (size_t i = 0; i < COUNT_OF(k_variants); i++) {
        const struct kern *loops = k_variants[i].loops;
        if (name.n == 0) {
            if (k_variants[i].runs_here()) best = loops;
        } else if (view_eq(name, view_cstr(loops->name))) {
            if (!k_variants[i].runs_here())
                return FAIL(E_USAGE, "kern: this machine cannot run \"%s\"", loops->name);
            best = loops;
        }
    }
    if (!best)
        return FAIL(E_USAGE,
                    "kern: \"%.*s\" is none of scalar, avx2, avx512 built for this machine",
                    VIEW_ARG(name));
    *out = best;
    return OK;
}

rc kern_select(struct view name)
{
    const struct kern *loops;
    TRY(find_variant(name, &loops));
    atomic_store_explicit(&g_chosen, loops, memory_order_release);
    return OK;
}

rc kern_start(void)
{
    rc r = kern_select(view_cstr(getenv("SANAD_CPU")));
    return ok(r) ? r : rc_within(r, "SANAD_CPU: ");
}

const struct kern *kern(void)
{
    const struct kern *loops = atomic_load_explicit(&g_chosen, memory_order_acquire);
    if (LIKELY(loops)) return loops;
    /* Two threads may both come here: both choose, and the first to store decides. */
    const struct kern *choice;
    if (!ok(find_variant(view_cstr(getenv("SANAD_CPU")), &choice))) choice = &k_kern_scalar;
    if (atomic_compare_exchange_strong(&g_chosen, &loops, choice)) return choice;
    return loops;
}

const char *kern_name(void)
{
    return kern()->name;
}
