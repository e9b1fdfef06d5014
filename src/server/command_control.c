/* sluice status, reload, stop: questions to a server that runs. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "server/commands.h"
#include "server/dial.h"

/* The answer, until it ends. */
static bool read_answer(int fd, sl_buffer *answer)
{
    char bytes[4096];
    ssize_t n;

    while ((n = read(fd, bytes, sizeof bytes)) > 0) {
        sl_buffer_append(answer, bytes, (size_t)n);
    }
    sl_buffer_append(answer, "", 1);
    return n == 0;
}

/* To who asked; the exit code. */
static int print_answer(const sl_buffer *answer)
{
    static const char prefix[] = "error: ";
    const char *text = sl_buffer_data(answer);

    if (strncmp(text, prefix, strlen(prefix)) == 0) {
        fprintf(stderr, "sluice: %s", text + strlen(prefix));
        return SL_EXIT_FAILURE;
    }
    return fputs(text, stdout) >= 0 && fflush(stdout) == 0 ? SL_EXIT_OK
                                                           : SL_EXIT_FAILURE;
}

static int ask_at(const char *path, const char *question)
{
    sl_buffer answer = {0};
    int fd = sl_dial(path);
    int code;

    if (fd < 0) {
        return SL_EXIT_FAILURE;
    }
    code = dprintf(fd, "%s\n", question) > 0 && read_answer(fd, &answer)
               ? print_answer(&answer)
               : sl_dial_refuse(path, "the connection broke");
    close(fd);
    /* Only the answer to "stop" is the end itself. */
    if (code == SL_EXIT_OK && sl_buffer_len(&answer) <= 1 &&
        strcmp(question, "stop") != 0) {
        code = sl_dial_refuse(path, "it has ended without an answer");
    }
    sl_buffer_deinit(&answer);
    return code;
}

static int ask(const sl_options *options, const char *question)
{
    char *found = NULL;
    const char *path = sl_dial_path(options, &found);
    int code = path != NULL ? ask_at(path, question) : SL_EXIT_USAGE;

    sl_free(found);
    return code;
}

int sl_command_status(const sl_options *options)
{
    return ask(options, options->json ? "status json" : "status");
}

/* What is named is set; the answer has all of them. */
int sl_command_log_level(const sl_options *options)
{
    sl_buffer question = {0};
    int code;

    sl_buffer_printf(&question, "log-level ");
    for (size_t i = 0; i < options->noperands; i++) {
        sl_buffer_printf(&question, "%s%s", i > 0 ? " " : "",
                         options->operands[i]);
    }
    sl_buffer_append(&question, "", 1);
    code = ask(options, sl_buffer_data(&question));
    sl_buffer_deinit(&question);
    return code;
}

int sl_command_stop(const sl_options *options)
{
    return ask(options, "stop");
}

int sl_command_reload(const sl_options *options)
{
    return ask(options, options->wait ? "reload wait" : "reload");
}
