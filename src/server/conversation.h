/* A visit to a worker, see worker/visit.h, as the command that pays it sees it.
 *
 * Ctrl-C does not end the process while the worker is asked something: it is
 * passed on.
 */
#ifndef SLUICE_SERVER_CONVERSATION_H
#define SLUICE_SERVER_CONVERSATION_H

#include <stdbool.h>

#include "base/buffer.h"
#include "server/options.h"

typedef struct sl_conversation {
    const sl_options *options;
    int fd; /* -1: it is over */
} sl_conversation;

/* Begin one: "console", "profile 10". SL_EXIT_OK; or the user was told why
 * there is none. */
int sl_conversation_begin(sl_conversation *conversation,
                          const sl_options *options, const char *what);

/* Ask for something; false: the connection is gone. */
bool sl_conversation_ask(const sl_conversation *conversation, char word,
                         const char *text, size_t len);

/* The next message, with a NUL behind its text. 0: the connection is gone. */
char sl_conversation_hear(const sl_conversation *conversation, sl_buffer *text);

void sl_conversation_end(sl_conversation *conversation);

/* Has somebody pressed Ctrl-C since the last call? */
bool sl_conversation_was_interrupted(void);

#endif
