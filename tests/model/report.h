/* How a broken promise is reported: the number of the invariant (design, 2.7),
 * what was seen, and the seed. The sequence is then run again with every step
 * printed, and the process ends with status 1.
 */
#ifndef SLUICE_MODEL_REPORT_H
#define SLUICE_MODEL_REPORT_H

#include <stdbool.h>
#include <stdint.h>

/* Beside the nine invariants: what the headers say of a single call, and what
 * ends the process. */
enum { CONTRACT = 0, CRASH = 10 };

typedef struct report {
    const char *program; /* argv[0], to run the sequence again */
    uint64_t seed;       /* of the sequence that runs */
    bool verbose;
    uint32_t step;   /* of the sequence */
    uint64_t steps;  /* of all sequences */
    uint64_t checks; /* that held */
} report;

__attribute__((format(printf, 5, 6), noreturn)) void
report_broken(const report *r, int invariant, const char *file, int line,
              const char *format, ...);

/* Report a failed assertion, or a crash, of the core in the same way. */
void report_watch(const report *r);

/* One line of the sequence, printed when it is asked for. */
__attribute__((format(printf, 2, 3))) void
report_print(const report *r, const char *format, ...);

#define TRACE(r, ...)                     \
    do {                                  \
        if ((r)->verbose) {               \
            report_print(r, __VA_ARGS__); \
        }                                 \
    } while (0)

/* `condition` is what invariant number `n` promises. */
#define EXPECT(r, n, condition, ...)                              \
    do {                                                          \
        (r)->checks++;                                            \
        if (!(condition)) {                                       \
            report_broken(r, n, __FILE__, __LINE__, __VA_ARGS__); \
        }                                                         \
    } while (0)

#endif
