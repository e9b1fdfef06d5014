#include "report.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const promises[] = {
    "the contract of a call",
    "1: every asynchronous operation completes exactly once",
    "2: nothing runs before the initiating call has returned",
    "3: operations complete in the order of submission",
    "4: what is borrowed is released when it was sent, not earlier or later",
    "5: what was aborted never looks like a well-formed end",
    "6: a client that leaves is noticed, by its own request only",
    "7: the sums of bytes are what the kernel took",
    "8: what a response holds is bounded",
    "9: a handle used too late gives an error",
    "an assertion of the core, or worse",
};

/* Become a run of this one sequence that prints its steps. */
static void run_again(const report *r)
{
    char seed[32];

    snprintf(seed, sizeof seed, "%" PRIu64, r->seed);
    fflush(NULL);
    execl(r->program, r->program, "--sequences", "1", "--seed", seed,
          "--verbose", (char *)NULL);
    perror(r->program);
}

void report_broken(const report *r, int invariant, const char *file, int line,
                   const char *format, ...)
{
    va_list args;

    printf("BROKEN %s\n  ", promises[invariant]);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n  at %s:%d, step %" PRIu32 ", seed %" PRIu64 "\n", file, line,
           r->step, r->seed);
    if (!r->verbose) {
        printf("The sequence again, step by step:\n");
        run_again(r);
    }
    fflush(NULL);
    _exit(1);
}

static const report *watched; /* a signal handler has no other context */

static void on_signal(int number)
{
    report_broken(watched, CRASH, __FILE__, __LINE__, "signal %d", number);
}

void report_watch(const report *r)
{
    static const int numbers[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE};

    watched = r;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction action = {.sa_handler = on_signal,
                                   .sa_flags = SA_NODEFER | SA_RESETHAND};

        sigaction(numbers[i], &action, NULL);
    }
}

void report_print(const report *r, const char *format, ...)
{
    va_list args;

    printf("%4" PRIu32 "  ", r->step);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}
