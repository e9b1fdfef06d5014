/* Reading a body: ./upload address
 *
 *   POST /upload    answers with the number of bytes and their sum
 *
 * Each read completes inline when something has arrived already, and otherwise
 * by the callback: the loop below does not care, and does not recurse.
 */
#include <stdio.h>
#include <stdlib.h>

#include <sluice/sluice.h>

typedef struct upload {
    sl_request *request;
    double bytes;
    unsigned sum;
    char buffer[16384]; /* lent to the read that is under way */
} upload;

static void count(upload *u, double bytes)
{
    for (size_t i = 0; i < (size_t)bytes; i++) {
        u->sum += (unsigned char)u->buffer[i];
    }
    u->bytes += bytes;
}

static void finish(sl_response *response, uint32_t generation, upload *u,
                   sl_status status)
{
    char text[64];
    int len =
        snprintf(text, sizeof text, "%.0f bytes, sum %u\n", u->bytes, u->sum);

    if (status >= 0) {
        status = sl_response_write(response, generation, text, (size_t)len);
    }
    (void)!sl_response_indicate_completion(response, generation, status);
    free(u);
}

static void on_read(sl_response *response, uint32_t generation,
                    const sl_completion *done, void *context);

static void go_on(sl_response *response, uint32_t generation, upload *u)
{
    sl_status rc;

    do {
        sl_operation operation = {
            .flags = SL_ASYNC, .callback = on_read, .context = u};

        rc = sl_request_read(u->request, generation, u->buffer,
                             sizeof u->buffer, &operation);
        if (rc == SL_OK) {
            count(u, operation.bytes);
        }
    } while (rc == SL_OK);
    if (rc != SL_PENDING) { /* SL_EMPTY: that was all; or it failed */
        finish(response, generation, u, rc);
    }
}

static void on_read(sl_response *response, uint32_t generation,
                    const sl_completion *done, void *context)
{
    upload *u = context;

    if (done->status == SL_OK) {
        count(u, done->bytes);
        go_on(response, generation, u);
    } else {
        finish(response, generation, u, done->status);
    }
}

static sl_status receive(sl_request *request, sl_response *response,
                         uint32_t generation, void *context)
{
    upload *u = calloc(1, sizeof *u);

    if (u == NULL) {
        return SL_ETOOBIG;
    }
    u->request = request;
    go_on(response, generation, u);
    return SL_PENDING; /* what `finish` says counts, also when it came first */
}

int main(int argc, char **argv)
{
    sl_server *server = sl_server_create();
    int failed =
        argc != 2 ||
        sl_server_handle(server, "POST", "/upload", receive, NULL) < 0 ||
        sl_server_set(server, "listen", argv[1]) < 0 ||
        sl_server_run(server) < 0;

    fprintf(stderr, "%s\n", sl_server_error(server));
    sl_server_destroy(server);
    return failed;
}
