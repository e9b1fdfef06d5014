#include "server/conversation.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "server/commands.h"
#include "server/dial.h"
#include "worker/visit.h"

enum { LONGEST_LINE = 256 };

/* --- Ctrl-C ---------------------------------------------------------------------- */

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    interrupted = 1;
}

bool sl_conversation_was_interrupted(void)
{
    bool was = interrupted != 0;

    interrupted = 0;
    return was;
}

/* Without SA_RESTART: who reads is told. */
static void catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = on_interrupt};

    sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
}

/* --- Messages -------------------------------------------------------------------- */

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

        if (n < 0 && errno != EINTR) {
            return false;
        }
        bytes += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

bool sl_conversation_ask(const sl_conversation *conversation, char word,
                         const char *text, size_t len)
{
    char head[SL_VISIT_HEAD + 1];

    (void)snprintf(head, sizeof head, "%c%08x", word, (unsigned)len);
    return conversation->fd >= 0 &&
           write_all(conversation->fd, head, SL_VISIT_HEAD) &&
           write_all(conversation->fd, text, len);
}

/* Meanwhile Ctrl-C is passed on. It is let in only where it ends the wait, so that
 * none comes between a look for it and the wait. */
static void wait_for_bytes(const sl_conversation *conversation)
{
    struct pollfd bytes = {.fd = conversation->fd, .events = POLLIN};
    sigset_t interrupt;
    sigset_t before;
    int n;

    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &interrupt, &before);
    do {
        if (sl_conversation_was_interrupted()) {
            (void)sl_conversation_ask(conversation, SL_ASKS_INTERRUPT, "", 0);
        }
        n = ppoll(&bytes, 1, NULL, &before);
    } while (n < 0 && errno == EINTR);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
}

static bool read_all(const sl_conversation *conversation, char *bytes,
                     size_t len)
{
    while (len > 0) {
        ssize_t n;

        wait_for_bytes(conversation);
        n = read(conversation->fd, bytes, len);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return false;
        }
        bytes += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool read_text(const sl_conversation *conversation, sl_buffer *text,
                      size_t len)
{
    char part[4096];

    sl_buffer_consume(text, sl_buffer_len(text));
    while (len > 0) {
        size_t n = len < sizeof part ? len : sizeof part;

        if (!read_all(conversation, part, n)) {
            return false;
        }
        sl_buffer_append(text, part, n);
        len -= n;
    }
    sl_buffer_append(text, "", 1);
    return true;
}

char sl_conversation_hear(const sl_conversation *conversation, sl_buffer *text)
{
    char head[SL_VISIT_HEAD + 1] = "";

    if (conversation->fd < 0 || !read_all(conversation, head, SL_VISIT_HEAD) ||
        !read_text(conversation, text, strtoul(head + 1, NULL, 16))) {
        return 0;
    }
    return head[0];
}

/* --- Its beginning and end ------------------------------------------------------- */

/* The line that says whether the visit is welcome. */
static bool read_line(const sl_conversation *conversation, char *line)
{
    size_t len = 0;

    while (len < LONGEST_LINE - 1 && read_all(conversation, line + len, 1) &&
           line[len] != '\n') {
        len++;
    }
    line[len] = '\0';
    return len > 0;
}

static int begin_at(sl_conversation *conversation, const char *path,
                    const char *what)
{
    static const char prefix[] = "error: ";
    const char *worker = conversation->options->worker;
    char line[LONGEST_LINE];

    conversation->fd = sl_dial(path);
    if (conversation->fd < 0) {
        return SL_EXIT_FAILURE;
    }
    if (dprintf(conversation->fd, "visit %s %s\n",
                worker != NULL ? worker : "any", what) < 0 ||
        !read_line(conversation, line)) {
        return sl_dial_refuse(path, "it has ended without an answer");
    }
    if (strcmp(line, "ok") != 0) {
        return sl_dial_refuse(path, strncmp(line, prefix, strlen(prefix)) == 0
                                        ? line + strlen(prefix)
                                        : line);
    }
    return SL_EXIT_OK;
}

int sl_conversation_begin(sl_conversation *conversation,
                          const sl_options *options, const char *what)
{
    char *found = NULL;
    const char *path = sl_dial_path(options, &found);
    int code = SL_EXIT_USAGE;

    *conversation = (sl_conversation){.options = options, .fd = -1};
    if (path != NULL) {
        code = begin_at(conversation, path, what);
    }
    if (code == SL_EXIT_OK) {
        catch_interrupts();
    } else {
        sl_conversation_end(conversation);
    }
    sl_free(found);
    return code;
}

void sl_conversation_end(sl_conversation *conversation)
{
    if (conversation->fd >= 0) {
        close(conversation->fd);
        conversation->fd = -1;
    }
}
