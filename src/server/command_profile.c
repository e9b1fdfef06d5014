/* sluice profile: where a worker spends its time. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "server/commands.h"
#include "server/conversation.h"
#include "server/flame.h"
#include "worker/visit.h"

static const char default_output[] = "profile.svg";

/* A file of the kind that its name says. */
typedef enum form { SVG, HTML, FOLDED, UNKNOWN } form;

static bool ends_in(const char *text, const char *end)
{
    size_t len = strlen(text);

    return len >= strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

static form form_of(const char *path)
{
    if (strcmp(path, "-") == 0 || ends_in(path, ".folded") ||
        ends_in(path, ".txt")) {
        return FOLDED;
    }
    return ends_in(path, ".svg")                             ? SVG
           : ends_in(path, ".html") || ends_in(path, ".htm") ? HTML
                                                             : UNKNOWN;
}

static int write_text(const char *path, const char *text)
{
    bool is_file = strcmp(path, "-") != 0;
    FILE *file = is_file ? fopen(path, "we") : stdout;
    bool written = file != NULL && fputs(text, file) >= 0;

    written =
        file != NULL && (is_file ? fclose(file) : fflush(file)) == 0 && written;
    if (!written) {
        fprintf(stderr, "sluice: cannot write %s: %s\n", path, strerror(errno));
        return SL_EXIT_FAILURE;
    }
    return SL_EXIT_OK;
}

static int write_profile(const char *path, const char *folded, const char *who,
                         const char *seconds)
{
    form kind = form_of(path);
    uint64_t samples = sl_flame_count(folded);
    sl_buffer drawn = {0};
    char subtitle[512];
    int code;

    (void)snprintf(subtitle, sizeof subtitle,
                   "%" PRIu64
                   " samples in up to %s s of %s. Time of processors "
                   "only: who waits is not here.",
                   samples, seconds, who);
    if (kind != FOLDED) {
        sl_flame flame = {folded, "Where the time goes", subtitle};

        sl_flame_draw(&flame, kind == HTML, &drawn);
        sl_buffer_append(&drawn, "", 1);
        folded = sl_buffer_data(&drawn);
    }
    code = write_text(path, folded);
    if (code == SL_EXIT_OK && kind != FOLDED) {
        printf("%s: %" PRIu64 " samples; open it in a browser\n", path,
               samples);
    }
    sl_buffer_deinit(&drawn);
    return code;
}

static int finish(const char *path, const char *folded, const char *who,
                  const char *seconds)
{
    if (*folded == '\0') {
        fputs("sluice: no samples: the worker has used no processor time "
              "meanwhile. Send it requests while it is profiled\n",
              stderr);
        return SL_EXIT_FAILURE;
    }
    return write_profile(path, folded, who, seconds);
}

/* The conversation, until the stacks have come. */
static int collect(const sl_conversation *conversation, const char *path,
                   const char *seconds)
{
    sl_buffer text = {0};
    char *who = sl_strdup("");
    int code = SL_EXIT_FAILURE;
    bool has_come = false;
    char word;

    while (!has_come &&
           (word = sl_conversation_hear(conversation, &text)) != 0) {
        if (word == SL_SAYS_HELLO) {
            sl_free(who);
            who = sl_strdup(sl_buffer_data(&text));
            fprintf(stderr, "profiling %s for %s s; Ctrl-C ends it earlier\n",
                    who, seconds);
        }
        has_come = word == SL_SAYS_PROFILE;
    }
    if (has_come) {
        code = finish(path, sl_buffer_data(&text), who, seconds);
    } else {
        fputs("sluice: the worker is gone: it has ended, or was replaced\n",
              stderr);
    }
    sl_free(who);
    sl_buffer_deinit(&text);
    return code;
}

int sl_command_profile(const sl_options *options)
{
    const char *seconds = options->seconds != NULL ? options->seconds : "10";
    const char *path =
        options->output != NULL ? options->output : default_output;
    sl_conversation conversation;
    char what[64];
    int code;

    if (form_of(path) == UNKNOWN) {
        fprintf(stderr,
                "sluice: --output %s: its name ends in .svg, .html or .folded, "
                "or is -\n",
                path);
        return SL_EXIT_USAGE;
    }
    (void)snprintf(what, sizeof what, "profile %.16s", seconds);
    code = sl_conversation_begin(&conversation, options, what);
    if (code == SL_EXIT_OK) {
        code = collect(&conversation, path, seconds);
        sl_conversation_end(&conversation);
    }
    return code;
}
