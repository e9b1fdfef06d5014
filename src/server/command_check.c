/* sluice check, sluice routes: looking at an app without serving it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/memory.h"
#include "embed/embed.h"
#include "script/check.h"
#include "server/commands.h"

/* A worker with the app in it, as far as it could be loaded. */
typedef struct look {
    const sl_options *options;
    sl_log log;
    sl_worker worker;
    sl_server *server;
    sl_script *empty; /* a VM without an app, when there is none; or NULL */
    char *error;      /* why it could not be; NULL: it was */
    const char **natives;
    size_t nnatives;
} look;

static void note_native(void *context, const char *method,
                        const sl_native_path *path)
{
    look *l = context;
    char *text;

    if (asprintf(&text, "%s%s", path->text, path->is_prefix ? "*" : "") < 0) {
        return;
    }
    l->natives = sl_realloc(l->natives, (l->nnatives + 3) * sizeof *l->natives);
    l->natives[l->nnatives++] = sl_strdup(method);
    l->natives[l->nnatives++] = text;
    l->natives[l->nnatives] = NULL;
}

/* Modules alone need no app, but somebody has to write the list. */
static void open_empty(look *l)
{
    const sl_settings *settings = &l->options->settings;
    const char *lua_dir = *settings->lua_dir != '\0' ? settings->lua_dir : NULL;

    l->empty = sl_script_create(&settings->script, l->worker.pipeline, &l->log,
                                lua_dir, &l->error);
}

static void open_look(look *l, const sl_options *options)
{
    sl_worker *worker = &l->worker;

    *l = (look){.options = options, .log = {.fd = STDERR_FILENO}};
    l->log.level = (sl_log_level)options->settings.log_level;
    l->natives = sl_calloc(1, sizeof *l->natives);
    sl_worker_init(worker, &options->settings, &l->log, NULL);
    if (sl_command_load(worker, options->app, NULL, &l->server, &l->error) ==
        SL_OK) {
        l->error = NULL;
        if (worker->script == NULL) {
            open_empty(l);
        }
    }
    if (worker->native != NULL) {
        sl_native_routes_each(&worker->native->routes, note_native, l);
    }
}

static void close_look(look *l)
{
    sl_script_destroy(l->empty);
    sl_embed_close(l->server);
    sl_worker_deinit(&l->worker);
    sl_server_destroy(l->server);
    for (size_t i = 0; i < l->nnatives; i++) {
        free((void *)l->natives[i]);
    }
    sl_free((void *)l->natives);
    free(l->error);
}

/* The VM of the app, also of one that did not load; NULL: there is none. */
static sl_script *script_of(const look *l)
{
    const sl_worker *worker = &l->worker;

    if (worker->script != NULL) {
        return worker->script;
    }
    if (sl_list_is_empty(&worker->generations)) {
        return l->empty;
    }
    return SL_CONTAINER(worker->generations.next, sl_generation, link)->script;
}

static sl_check check_of(const look *l, const char *const *wrong)
{
    return (sl_check){
        .path = l->options->app != NULL ? l->options->app : "",
        .first = l->error != NULL ? l->error : "",
        .wrong = wrong,
        .natives = l->natives,
        .as_json = l->options->json,
    };
}

static int print(const sl_report *report)
{
    bool is_printed = fputs(report->out, stdout) >= 0 && fflush(stdout) == 0;

    if (report->err != NULL) {
        fputs(report->err, stderr);
    }
    return is_printed ? SL_EXIT_OK : SL_EXIT_FAILURE;
}

static void print_error(const char *kind, const char *text)
{
    sl_buffer quoted = {0};

    sl_escape_json(&quoted, text, strlen(text));
    printf("{\"kind\":\"%s\",\"message\":\"%.*s\"}", kind,
           (int)sl_buffer_len(&quoted), sl_buffer_data(&quoted));
    sl_buffer_deinit(&quoted);
}

/* Without a VM, or one with room for more, only so much is known. */
static void print_known(const look *l, const char *const *wrong,
                        const char *error)
{
    bool as_json = l->options->json;

    fputs(as_json ? "{\"ok\":false,\"errors\":[" : "", stdout);
    for (; *wrong != NULL; wrong++) {
        if (as_json) {
            print_error("setting", *wrong);
            fputs(",", stdout);
        } else {
            fprintf(stderr, "sluice: %s\n", *wrong);
        }
    }
    if (as_json) {
        print_error("app", error);
        puts("],\"warnings\":[],\"routes\":[]}");
    } else {
        fprintf(stderr, "sluice: %s\n", error);
    }
}

/* The texts of the list, ended by NULL; the array is the caller's. */
static const char **ended(const sl_text_list *list)
{
    const char **texts = sl_calloc(list->count + 1, sizeof *texts);

    for (size_t i = 0; i < list->count; i++) {
        texts[i] = list->items[i];
    }
    return texts;
}

static int report_all(const look *l, const char *const *wrong)
{
    sl_check check = check_of(l, wrong);
    sl_script *script = script_of(l);
    sl_report report = {0};
    char *error = NULL;
    int code;

    if (script == NULL) {
        print_known(l, wrong, check.first);
        return SL_EXIT_FAILURE;
    }
    if (sl_script_check(script, &check, &report, &error) < 0) {
        print_known(l, wrong, l->error != NULL ? l->error : error);
        free(error);
        return SL_EXIT_FAILURE;
    }
    code = print(&report);
    free(report.out);
    free(report.err);
    return report.errors > 0 ? SL_EXIT_FAILURE : code;
}

int sl_command_check(const sl_options *options)
{
    const char **wrong = ended(&options->settings.wrong);
    look l;
    int code;

    open_look(&l, options);
    code = report_all(&l, wrong);
    close_look(&l);
    if (wrong[0] != NULL) {
        if (!options->json) {
            fputs("Try \"sluice help\".\n", stderr);
        }
        code = SL_EXIT_USAGE;
    }
    sl_free((void *)wrong);
    return code;
}

int sl_command_routes(const sl_options *options)
{
    static const char *const nothing[] = {NULL};
    sl_report report = {0};
    sl_check check;
    int code;
    look l;

    open_look(&l, options);
    check = check_of(&l, nothing);
    if (l.error == NULL && script_of(&l) != NULL) {
        (void)sl_script_list_routes(script_of(&l), &check, &report, &l.error);
    }
    if (l.error != NULL) {
        fprintf(stderr, "sluice: %s\n", l.error);
        code = SL_EXIT_FAILURE;
    } else {
        code = print(&report);
    }
    free(report.out);
    close_look(&l);
    return code;
}
