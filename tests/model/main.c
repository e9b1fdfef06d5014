/* The model test of the response core: random sequences of everything that a
 * handler, a session, a client and the clock can do to responses, against a
 * model of section 2 of the design.
 *
 *   model [--sequences N] [--seed S] [--verbose]
 *
 * Sequence number i uses seed S + i, so `--seed` with what a failure prints
 * repeats it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

typedef struct options {
    uint64_t sequences;
    uint64_t seed;
    bool verbose;
} options;

static int usage(void)
{
    fprintf(stderr, "usage: model [--sequences N] [--seed S] [--verbose]\n");
    return 2;
}

static bool parse_number(const char *text, uint64_t *number)
{
    char *end;

    if (text == NULL || *text < '0' || *text > '9') {
        return false;
    }
    *number = strtoull(text, &end, 10);
    return *end == '\0';
}

static bool parse(char **argv, options *o)
{
    for (; *argv != NULL; argv++) {
        if (strcmp(*argv, "--verbose") == 0) {
            o->verbose = true;
        } else if (strcmp(*argv, "--sequences") == 0) {
            if (!parse_number(*++argv, &o->sequences)) {
                return false;
            }
        } else if (strcmp(*argv, "--seed") != 0 ||
                   !parse_number(*++argv, &o->seed)) {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    static world w; /* large, and used from start to end */
    options o = {.sequences = 100000, .seed = 1};

    if (!parse(argv + 1, &o)) {
        return usage();
    }
    world_init(&w);
    w.report.program = argv[0];
    w.report.verbose = o.verbose;
    report_watch(&w.report);
    for (uint64_t i = 0; i < o.sequences; i++) {
        w.report.seed = o.seed + i;
        sequence_run(&w);
    }
    printf("%" PRIu64 " sequences from seed %" PRIu64 ", %" PRIu64
           " steps, %" PRIu64 " checks: the model agrees\n",
           o.sequences, o.seed, w.report.steps, w.report.checks);
    world_deinit(&w);
    return 0;
}
