#include "script/excerpt.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"

enum {
    AROUND = 2,      /* lines on each side */
    MOST_LINE = 200, /* bytes of one that are shown */
    TAIL = 50        /* of a long path, which Lua cuts at the front */
};

typedef struct place {
    const char *error;
    const char *at; /* in the error; NULL: none was found yet */
    const char *text;
    unsigned long line;
} place;

/* The line that stands behind a path; 0: none does. */
static unsigned long line_behind(const char *text)
{
    char *end;
    unsigned long line;

    if (text[0] != ':' || text[1] < '1' || text[1] > '9') {
        return 0;
    }
    line = strtoul(text + 1, &end, 10);
    return *end == ':' ? line : 0;
}

/* The first place that is named counts. */
static void look(void *context, const char *path, bool is_folder,
                 const sl_source_text *text)
{
    place *found = context;
    size_t len = strlen(path);
    const char *name = len > TAIL ? path + len - TAIL : path;
    const char *at = found->error;

    if (is_folder || text->error != 0) {
        return;
    }
    while ((at = strstr(at, name)) != NULL) {
        unsigned long line = line_behind(at + strlen(name));

        if (line > 0 && (found->at == NULL || at < found->at)) {
            *found = (place){found->error, at, text->data, line};
        }
        at++;
    }
}

static void append(sl_buffer *text, const char *line, size_t len,
                   unsigned long number, bool is_meant)
{
    sl_buffer_printf(text, "\n  %s%5lu | %.*s", is_meant ? ">" : " ", number,
                     (int)(len < MOST_LINE ? len : MOST_LINE), line);
}

static void append_lines(sl_buffer *text, const place *found)
{
    const char *line = found->text;

    for (unsigned long n = 1; n <= found->line + AROUND && *line != '\0'; n++) {
        size_t len = strcspn(line, "\n");

        if (n + AROUND >= found->line) {
            append(text, line, len, n, n == found->line);
        }
        line += len + (line[len] == '\n');
    }
}

char *sl_excerpt_add(const sl_sources *sources, char *error)
{
    place found = {.error = error};
    sl_buffer text = {0};
    const char *rest = strstr(error, "\nstack traceback:");
    char *made;

    sl_sources_each(sources, look, &found);
    if (found.at == NULL) {
        return error;
    }
    if (rest == NULL) {
        rest = error + strlen(error);
    }
    sl_buffer_append(&text, error, (size_t)(rest - error));
    append_lines(&text, &found);
    sl_buffer_append(&text, rest, strlen(rest) + 1);
    made = sl_strdup(sl_buffer_data(&text));
    sl_buffer_deinit(&text);
    free(error);
    return made;
}
