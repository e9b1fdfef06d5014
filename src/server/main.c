/* sluice: the command line. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/commands.h"

static const char help_text[] =
    "Sluice serves HTTP with handlers written in Lua.\n"
    "\n"
    "  sluice new NAME                    a project to start from\n"
    "  sluice serve APP.lua [OPTION...]   serve the app until SIGTERM\n"
    "  sluice dev APP.lua [OPTION...]     likewise while it is written\n"
    "  sluice check APP.lua [OPTION...]   load the app; all that is wrong with "
    "it\n"
    "  sluice routes APP.lua [--json]     where each route is, and what is "
    "around\n"
    "  sluice test [FILE...] [OPTION...]  run the specs of an app\n"
    "  sluice status [--json]             what a running server does\n"
    "  sluice reload [--wait]             load the app again\n"
    "  sluice repl [-e CODE]              a console into a running server\n"
    "  sluice profile [--seconds N]       where a worker spends its time\n"
    "  sluice health [--ready]            is a running server well? Ready?\n"
    "  sluice log-level [PART=LEVEL...]   what a running server logs\n"
    "  sluice stop                        stop it, and wait for its end\n"
    "  sluice version                     versions of all parts\n"
    "  sluice help [settings]             this text; all settings\n"
    "\n"
    "Options:\n"
    "  --listen ADDRESS    ADDR:PORT, [IPV6]:PORT, :PORT or unix:PATH; may be\n"
    "                      repeated (default: 127.0.0.1:8080)\n"
    "  --workers N         processes that serve; default: auto, one for each\n"
    "                      processor; 0: only this one\n"
    "  --module FILE[=ARG] shared object with handlers in C; may be repeated.\n"
    "                      With one, the app may be left out\n"
    "  --control PATH      socket of the running server, for status ...\n"
    "  --config FILE       Lua file that sets settings; also SLUICE_CONFIG\n"
    "  --set NAME=VALUE    one setting; may be repeated\n"
    "  --NAME VALUE        the same, with dashes: --header-timeout 5s\n"
    "\n"
    "Settings come from the configuration file, then from variables such as\n"
    "SLUICE_HEADER_TIMEOUT, then from the command line; the last one counts.\n"
    "\n"
    "Exit status: 0 stopped as asked, 1 failure, 2 wrong usage.\n";

__attribute__((format(printf, 1, 2))) static int refuse(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("sluice: ", stderr);
    (void)vfprintf(stderr, format, args);
    fputs("\nTry \"sluice help\".\n", stderr);
    va_end(args);
    return SL_EXIT_USAGE;
}

static int help(const char *const *arguments)
{
    const char *topic = arguments[0];

    if (topic == NULL) {
        fputs(help_text, stdout);
    } else if (strcmp(topic, "settings") == 0) {
        sl_settings_print(stdout);
    } else {
        return refuse("there is no help on \"%s\", only on settings", topic);
    }
    return SL_EXIT_OK;
}

typedef struct command {
    const char *name;
    int (*run)(const sl_options *options);
    bool takes_app;
    bool takes_json;
    bool takes_wait;
    bool takes_ready;
    bool takes_code;
    bool takes_worker;
    bool takes_time;    /* --seconds, and --output */
    bool takes_name;    /* one operand, which is no app */
    bool takes_words;   /* any number of operands, none of which is an app */
    bool takes_specs;   /* any files, and options behind "--" */
    sl_options_way way; /* of reading its options */
} command;

/* What is different in development, unless somebody says otherwise: one worker,
 * because a beginner expects a variable to be there at the next request. */
static const char *const development[] = {
    "development", "true",    "watch",
    "on",          "workers", "1",
    "access_log",  "-",       "access_log_format",
    "dev",         "control", "auto",
    NULL,
};

static const command commands[] = {
    {"serve", sl_command_serve, .takes_app = true},
    {"dev", sl_command_serve, .takes_app = true, .way.defaults = development},
    {"check", sl_command_check, .takes_app = true, .takes_json = true,
     .way.collects = true},
    {"routes", sl_command_routes, .takes_app = true, .takes_json = true},
    {"status", sl_command_status, .takes_json = true},
    {"reload", sl_command_reload, .takes_wait = true},
    {"repl", sl_command_repl, .takes_code = true, .takes_worker = true},
    {"profile", sl_command_profile, .takes_worker = true, .takes_time = true},
    {"health", sl_command_health, .takes_ready = true},
    {"stop", sl_command_stop, .takes_app = false},
    {"log-level", sl_command_log_level, .takes_words = true},
    {"new", sl_command_new, .takes_name = true},
    {"test", sl_command_test, .takes_specs = true},
};

static const command *find(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

/* What was given that the command has no use for: the exit code; 0: nothing. */
static int refuse_excess(const command *c, const sl_options *options)
{
    if (options->json && !c->takes_json) {
        return refuse("sluice %s has no option --json", c->name);
    }
    if (options->wait && !c->takes_wait) {
        return refuse("sluice %s has no option --wait", c->name);
    }
    if (options->ready && !c->takes_ready) {
        return refuse("sluice %s has no option --ready", c->name);
    }
    if (options->evaluate != NULL && !c->takes_code) {
        return refuse("sluice %s has no option --eval", c->name);
    }
    if (options->worker != NULL && !c->takes_worker) {
        return refuse("sluice %s has no option --worker", c->name);
    }
    if ((options->seconds != NULL || options->output != NULL) &&
        !c->takes_time) {
        return refuse("sluice %s has no option --%s", c->name,
                      options->seconds != NULL ? "seconds" : "output");
    }
    if (options->rest[0] != NULL && !c->takes_specs) {
        return refuse("sluice %s takes nothing behind \"--\"", c->name);
    }
    if (!c->takes_app && !c->takes_name && !c->takes_specs && !c->takes_words &&
        options->app != NULL) {
        return refuse("sluice %s takes no app", c->name);
    }
    if (!c->takes_specs && !c->takes_words && options->noperands > 1) {
        return refuse("one %s is enough: %s, and then %s",
                      c->takes_name ? "name" : "app", options->operands[0],
                      options->operands[1]);
    }
    return 0;
}

static int run_with(const command *c, const sl_options *options)
{
    bool has_app = options->app != NULL || options->settings.module.count > 0;
    int excess;

    if (options->help) {
        fputs(help_text, stdout);
        return SL_EXIT_OK;
    }
    if (c->takes_app && !has_app) {
        return refuse(
            "which app? Name its Lua file or folder: sluice %s app.lua",
            c->name);
    }
    if (c->takes_name && options->app == NULL) {
        return refuse("which name? sluice %s shop", c->name);
    }
    excess = refuse_excess(c, options);
    return excess != 0 ? excess : c->run(options);
}

/* Read the options of a command, and run it. */
static int run(const command *c, char *const *process_arguments)
{
    const char *const *arguments = (const char *const *)process_arguments + 2;
    char *error = NULL;
    sl_options options;
    int code;

    if (sl_options_read(&options, arguments, (const char *const *)environ,
                        &c->way, &error) < 0) {
        code = refuse("%s", error);
        free(error);
    } else {
        options.process_arguments = process_arguments;
        code = run_with(c, &options);
    }
    sl_options_deinit(&options);
    return code;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    const command *c = find(name);
    const char *const *arguments =
        (const char *const *)argv + (argc > 1 ? 2 : 1);

    if (c != NULL && c->takes_specs && sl_command_wants_watch(argv)) {
        return sl_command_test_watch(argv);
    }
    if (c != NULL) {
        return run(c, argv);
    }
    if (strcmp(name, "worker") == 0) {
        return sl_command_worker(arguments);
    }
    if (strcmp(name, "probe") == 0) {
        return sl_command_probe(arguments);
    }
    if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0) {
        return sl_command_version();
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 ||
        strcmp(name, "-h") == 0) {
        return help(arguments);
    }
    if (argc > 1) {
        return refuse("there is no command \"%s\"", name);
    }
    fputs(help_text, stderr);
    return SL_EXIT_USAGE;
}
