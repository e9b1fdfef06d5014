/* What came of the last reload, for those who ask later.
 *
 * Ownership: the texts are the outcome's.
 */
#ifndef SLUICE_WORKER_OUTCOME_H
#define SLUICE_WORKER_OUTCOME_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/log.h"

/* All zero: there was none yet. */
typedef struct sl_outcome {
    unsigned number;   /* of reloads so far */
    unsigned failures; /* of them */
    int64_t unix_ms;   /* when it was over */
    uint64_t took_ms;
    char *error; /* NULL: it went well */
    char *why;   /* what has changed; NULL: somebody asked for it */
} sl_outcome;

/* What stands in front of an error, for people. */
extern const char sl_outcome_failed[];

/* Another one is over, now. `why` becomes the outcome's; NULL as above. */
void sl_outcome_set(sl_outcome *outcome, const char *error, char *why,
                    uint64_t took_ms);
void sl_outcome_deinit(sl_outcome *outcome);

/* For the log, for `sluice status`, and as a JSON value. `done` says what has
 * happened when it went well. */
void sl_outcome_log(const sl_outcome *outcome, const sl_log *log,
                    const char *done);
void sl_outcome_print(const sl_outcome *outcome, sl_buffer *text);
void sl_outcome_append_json(const sl_outcome *outcome, sl_buffer *text);

#endif
