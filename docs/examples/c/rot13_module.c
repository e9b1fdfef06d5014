/* A stage in a module: turns the letters of plain text by thirteen, whoever
 * answers, in C or Lua.
 *
 *   cc -shared -fPIC -o rot13.so rot13_module.c
 *   sluice serve --module ./rot13.so=/secret app.lua     what is below /secret
 */
#include <stdio.h>
#include <string.h>

#include <sluice/sluice.h>

/* Takes part when the answer is plain text. */
static sl_status look_at_head(sl_stage *stage, sl_response *response,
                              uint32_t generation, void *state)
{
    sl_span type;
    sl_status rc = sl_response_header(response, generation, "Content-Type", 12,
                                      0, &type);

    if (rc < 0) {
        return rc;
    }
    return rc == SL_OK && type.len >= 10 &&
                   memcmp(type.data, "text/plain", 10) == 0
               ? SL_OK
               : SL_EMPTY;
}

static char turn(char c)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklm"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLM";
    const char *at = c != '\0' ? strchr(letters, c) : NULL;

    return at != NULL ? at[13] : c;
}

/* Takes what has come in part by part, and puts the same with other letters. */
static sl_status change(sl_stage *stage, sl_response *response,
                        uint32_t generation, uint32_t how, void *state)
{
    char text[4096];
    sl_chunk chunk = {.kind = SL_CHUNK_MEMORY, .data = text};
    sl_span bytes;
    sl_status rc;

    while ((rc = sl_stage_next_bytes(stage, generation, &bytes)) == SL_OK) {
        chunk.len = bytes.len < sizeof text ? bytes.len : sizeof text;
        for (size_t i = 0; i < chunk.len; i++) {
            text[i] = turn(bytes.data[i]);
        }
        rc = sl_stage_drop(stage, generation, (double)chunk.len);
        if (rc == SL_OK) {
            rc = sl_stage_put(stage, generation, &chunk, 1);
        }
        if (rc < 0) {
            return rc;
        }
    }
    return rc == SL_EAGAIN ? SL_OK : rc; /* it is called again */
}

static const sl_stage_type rot13 = {
    .size = sizeof rot13,
    .flags = SL_STAGE_KEEPS_LENGTH,
    .name = "rot13",
    .headers = look_at_head,
    .push = change,
};

static void on_request(sl_request *request, sl_response *response,
                       uint32_t generation, void *context)
{
    /* A response that is over already needs none. */
    (void)!sl_response_add_stage(response, generation, &rot13, NULL);
}

static sl_status open_rot13(sl_server *server, const char *argument,
                            void **state)
{
    char path[256];

    (void)snprintf(path, sizeof path, "%s/*", argument != NULL ? argument : "");
    return sl_server_on_request(server, path, on_request, NULL);
}

SL_MODULE("rot13", open_rot13, NULL)
