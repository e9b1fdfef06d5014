/* sluice new: a project to start from. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "server/commands.h"
#include "server/templates.h"

enum { MOST_NAME = 64 };

typedef struct project {
    const char *name;       /* of its folder, too */
    char library[PATH_MAX]; /* where the annotations are, for editors */
} project;

__attribute__((format(printf, 1, 2))) static int refuse(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("sluice: ", stderr);
    (void)vfprintf(stderr, format, args);
    fputs("\n", stderr);
    va_end(args);
    return SL_EXIT_FAILURE;
}

/* It becomes the name of a folder and of an image, and stands in texts of Lua
 * and HTML. */
static bool is_good_name(const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < len; i++) {
        bool is_mark = i > 0 && (name[i] == '-' || name[i] == '_');

        if (!is_mark && !isalnum((unsigned char)name[i])) {
            return false;
        }
    }
    return len > 0 && len <= MOST_NAME;
}

/* --- Where the annotations are ------------------------------------------------ */

static bool has_library(const char *folder)
{
    char path[PATH_MAX + sizeof "/sluice/init.lua"];

    (void)snprintf(path, sizeof path, "%s/sluice/init.lua", folder);
    return access(path, R_OK) == 0;
}

/* Beside the program as it was installed, or, as it was built, in its sources. */
static void find_library(project *p)
{
    char program[PATH_MAX] = "";
    char *slash;

    if (readlink("/proc/self/exe", program, sizeof program - 1) < 0) {
        program[0] = '\0';
    }
    while ((slash = strrchr(program, '/')) != NULL) {
        *slash = '\0';
        if (snprintf(p->library, sizeof p->library, "%s/share/sluice/lua",
                     program) < (int)sizeof p->library &&
            has_library(p->library)) {
            return;
        }
        if (snprintf(p->library, sizeof p->library, "%s/lua", program) <
                (int)sizeof p->library &&
            has_library(p->library)) {
            return;
        }
    }
    (void)snprintf(p->library, sizeof p->library, "/usr/share/sluice/lua");
}

/* --- Files -------------------------------------------------------------------- */

/* The text with what stands for something replaced. */
static void fill_in(sl_buffer *out, const struct sl_template *file,
                    const project *p)
{
    const char *at = file->text;
    const char *mark;

    while ((mark = strchr(at, '@')) != NULL) {
        sl_buffer_append(out, at, (size_t)(mark - at));
        at = mark;
        if (strncmp(mark, "@NAME@", 6) == 0) {
            sl_buffer_append(out, p->name, strlen(p->name));
            at += 6;
        } else if (strncmp(mark, "@LIBRARY@", 9) == 0) {
            sl_buffer_append(out, p->library, strlen(p->library));
            at += 9;
        } else {
            sl_buffer_append(out, at++, 1);
        }
    }
    sl_buffer_append(out, at, strlen(at));
}

/* The folders that a path leads through. */
static sl_status make_folders(char *path)
{
    for (char *slash = strchr(path, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        int rc;

        *slash = '\0';
        rc = mkdir(path, 0777);
        *slash = '/';
        if (rc < 0 && errno != EEXIST) {
            return SL_ESYSTEM;
        }
    }
    return SL_OK;
}

static sl_status write_file(const char *path, const sl_buffer *text)
{
    FILE *file = fopen(path, "wx");
    size_t len = sl_buffer_len(text);
    bool is_written;

    if (file == NULL) {
        return SL_ESYSTEM;
    }
    is_written = fwrite(sl_buffer_data(text), 1, len, file) == len;
    return fclose(file) == 0 && is_written ? SL_OK : SL_ESYSTEM;
}

static sl_status add_file(const struct sl_template *file, const project *p)
{
    static const char dot[] = "dot-";
    bool is_hidden = strncmp(file->path, dot, sizeof dot - 1) == 0;
    sl_buffer text = {0};
    char *path;
    sl_status rc;

    if (asprintf(&path, "%s/%s%s", p->name, is_hidden ? "." : "",
                 file->path + (is_hidden ? sizeof dot - 1 : 0)) < 0) {
        return SL_ESYSTEM;
    }
    fill_in(&text, file, p);
    rc = make_folders(path);
    if (rc == SL_OK) {
        rc = write_file(path, &text);
    }
    if (rc < 0) {
        (void)refuse("cannot write %s: %s", path, strerror(errno));
    }
    free(path);
    sl_buffer_deinit(&text);
    return rc;
}

static void explain(const char *name)
{
    printf("%s is there. Next:\n"
           "\n"
           "  cd %s\n"
           "  sluice test                               # its specs\n"
           "  sluice dev app.lua --config sluice.conf   # "
           "http://127.0.0.1:8080/\n",
           name, name);
}

int sl_command_new(const sl_options *options)
{
    project p = {.name = options->app};

    if (!is_good_name(p.name)) {
        return refuse("\"%s\" is no name for a project: letters, digits, - "
                      "and _, at most %d, a letter or digit first",
                      p.name, MOST_NAME);
    }
    if (mkdir(p.name, 0777) < 0) {
        return refuse("cannot make the folder %s: %s", p.name,
                      errno == EEXIST ? "there is something of that name"
                                      : strerror(errno));
    }
    find_library(&p);
    for (const struct sl_template *file = sl_templates; file->path != NULL;
         file++) {
        if (add_file(file, &p) < 0) {
            return SL_EXIT_FAILURE;
        }
    }
    explain(p.name);
    return SL_EXIT_OK;
}
