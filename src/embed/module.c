/* Shared objects with C handlers. */
#include <sluice/module.h>

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "embed/embed.h"

struct sl_loaded_module {
    sl_loaded_module *next;
    const sl_module *module;
    void *state;
};

__attribute__((format(printf, 2, 3))) static sl_status
refuse(sl_server *server, const char *format, ...)
{
    char *error;
    va_list args;

    va_start(args, format);
    if (vasprintf(&error, format, args) < 0) {
        error = NULL;
    }
    va_end(args);
    return sl_embed_fail(server, SL_EINVAL, error);
}

/* A bare name would be looked for in the folders of the system. */
static void *open_object(sl_server *server, const char *path)
{
    char *place = NULL;
    void *object;

    if (strchr(path, '/') == NULL && asprintf(&place, "./%s", path) < 0) {
        return NULL;
    }
    object = dlopen(place != NULL ? place : path, RTLD_NOW | RTLD_LOCAL);
    if (object == NULL) {
        (void)refuse(server,
                     "the module %s cannot be loaded: %s; it has to be a "
                     "shared object (cc -shared -fPIC)",
                     path, dlerror());
    }
    free(place);
    return object;
}

static sl_status check(sl_server *server, const char *path,
                       const sl_module *module)
{
    if (module == NULL) {
        return refuse(server,
                      "%s is no module: it exports no \"sluice_module\"; see "
                      "SL_MODULE in <sluice/module.h>",
                      path);
    }
    if (module->abi_version != SL_ABI_VERSION ||
        module->size != sizeof(sl_module)) {
        return refuse(server,
                      "the module %s was built for ABI %u of Sluice, and this "
                      "server has %u: build it again with the headers of this "
                      "one",
                      path, module->abi_version, (unsigned)SL_ABI_VERSION);
    }
    if (module->open == NULL) {
        return refuse(server, "the module %s has no function \"open\"", path);
    }
    return SL_OK;
}

static sl_status open_module(sl_server *server, const sl_module *module,
                             const char *argument)
{
    const char *name = module->name != NULL ? module->name : "without a name";
    sl_loaded_module *loaded = sl_calloc(1, sizeof *loaded);
    sl_status rc;

    (void)sl_embed_fail(server, SL_OK, NULL);
    rc = module->open(server, argument, &loaded->state);
    if (rc < 0) {
        char *why =
            sl_strdup(*sl_server_error(server) != '\0' ? sl_server_error(server)
                                                       : sl_status_name(rc));

        (void)refuse(server, "the module %s does not start: %s", name, why);
        sl_free(why);
        sl_free(loaded);
        return rc;
    }
    loaded->module = module;
    loaded->next = server->modules;
    server->modules = loaded;
    return SL_OK;
}

sl_status sl_server_load_module(sl_server *server, const char *path,
                                const char *argument)
{
    void *object = open_object(server, path);
    const sl_module *module;
    sl_status rc;

    if (object == NULL) {
        return SL_EINVAL;
    }
    module = dlsym(object, "sluice_module");
    rc = check(server, path, module);
    if (rc < 0) {
        dlclose(object); /* nothing in it has been called */
        return rc;
    }
    return open_module(server, module, argument);
}

void sl_embed_close_modules(sl_server *server)
{
    while (server->modules != NULL) {
        sl_loaded_module *loaded = server->modules;

        server->modules = loaded->next;
        if (loaded->module->close != NULL) {
            loaded->module->close(loaded->state);
        }
        sl_free(loaded);
    }
}

/* --- For the commands -------------------------------------------------------- */

/* "./mod.so=argument" */
static sl_status load(sl_server *server, const char *text)
{
    const char *equals = strchr(text, '=');
    char *path = sl_strdup(text);
    sl_status rc;

    if (equals != NULL) {
        path[equals - text] = '\0';
    }
    rc =
        sl_server_load_module(server, path, equals != NULL ? equals + 1 : NULL);
    sl_free(path);
    return rc;
}

sl_status sl_embed_load_setting(sl_server *server, const sl_settings *settings)
{
    sl_status rc = SL_OK;

    for (size_t i = 0; i < settings->module.count && rc == SL_OK; i++) {
        rc = load(server, settings->module.items[i]);
    }
    return rc;
}

sl_status sl_embed_open(sl_worker *worker, sl_server **server, char **error)
{
    sl_status rc;

    *server = NULL;
    if (worker->settings->module.count == 0) {
        return SL_OK;
    }
    *server = sl_server_create();
    (*server)->worker = worker;
    (*server)->phase = SL_SERVER_READY;
    (*server)->native.log = worker->log;
    worker->native = &(*server)->native;
    sl_embed_watch(*server);
    rc = sl_embed_load_setting(*server, worker->settings);
    if (rc < 0) {
        *error = sl_strdup(sl_server_error(*server));
    }
    return rc;
}
