/* Who is told of requests before their handlers begin. */
#include "native/native.h"

#include <string.h>

#include "base/memory.h"

sl_status sl_native_visitors_add(sl_native *native, const char *path,
                                 sl_event_fn *fn, void *context, char **error)
{
    sl_native_visitor **last = &native->visitors;
    sl_status rc = sl_native_check_path(path, error);
    size_t len = strlen(path);

    if (rc < 0) {
        return rc;
    }
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = sl_calloc(1, sizeof **last);
    **last = (sl_native_visitor){
        .path = sl_strdup(path),
        .is_prefix = path[len - 1] == '*',
        .fn = fn,
        .context = context,
    };
    (*last)->len = (*last)->is_prefix ? len - 1 : len;
    return SL_OK;
}

static bool covers(const sl_native_visitor *visitor, sl_span path)
{
    return (visitor->is_prefix ? path.len >= visitor->len
                               : path.len == visitor->len) &&
           memcmp(path.data, visitor->path, visitor->len) == 0;
}

void sl_native_visit(const sl_native *native, sl_exchange *exchange)
{
    sl_request *request = &exchange->request;

    for (const sl_native_visitor *v = native->visitors; v != NULL;
         v = v->next) {
        if (covers(v, request->parts[SL_PART_PATH])) {
            v->fn(request, &exchange->response, request->generation,
                  v->context);
        }
    }
}

void sl_native_visitors_deinit(sl_native *native)
{
    while (native->visitors != NULL) {
        sl_native_visitor *visitor = native->visitors;

        native->visitors = visitor->next;
        sl_free(visitor->path);
        sl_free(visitor);
    }
}
