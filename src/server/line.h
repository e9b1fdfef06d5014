/* Lines that somebody types. At a terminal, where libedit is installed, with a
 * history and completion; otherwise as they come.
 */
#ifndef SLUICE_SERVER_LINE_H
#define SLUICE_SERVER_LINE_H

#include <stdbool.h>

/* Words that could stand where the one that ends `text` does: one on each line
 * (sl_free), or NULL. */
typedef char *sl_line_complete(void *context, const char *text);

/* Begin to read from standard input. `history` is a file; NULL: none is kept. */
void sl_line_open(const char *history, sl_line_complete *complete,
                  void *context);

/* The next line, without its end (sl_free); NULL: there is none, or a signal
 * came. */
char *sl_line_read(const char *prompt);

/* Keep it for those who press the arrow upwards. */
void sl_line_remember(const char *text);

/* Is somebody typing? */
bool sl_line_is_terminal(void);

#endif
