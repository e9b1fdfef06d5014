/* A producer with back-pressure: ./lines address
 *
 *   GET /lines    ten million lines, made as the client takes them
 *
 * The server asks for more whenever the response holds less than its high-water
 * mark, so that a slow client costs memory for one mark and one write.
 */
#include <stdio.h>
#include <stdlib.h>

#include <sluice/sluice.h>

enum { LINES = 10 * 1000 * 1000, AT_ONCE = 500 };

typedef struct producer {
    int next;
} producer;

static sl_status proceed(sl_response *response, uint32_t generation,
                         void *context)
{
    producer *p = context;
    char text[AT_ONCE * 16];
    size_t len = 0;
    sl_status rc;

    for (int i = 0; i < AT_ONCE; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "line %d\n",
                                p->next++);
    }
    rc = sl_response_write(response, generation, text, len);
    if (rc < 0) {
        return rc;
    }
    return p->next < LINES ? SL_OK : SL_EMPTY;
}

/* Called once, whatever happens. */
static void stop(void *context, sl_status status)
{
    producer *p = context;

    printf("stopped at line %d: %s\n", p->next, sl_status_name(status));
    fflush(stdout);
    free(p);
}

static sl_status lines(sl_request *request, sl_response *response,
                       uint32_t generation, void *context)
{
    sl_body_source source = {.proceed = proceed, .stop = stop};
    sl_status rc;

    source.context = calloc(1, sizeof(producer));
    if (source.context == NULL) {
        return SL_ETOOBIG;
    }
    rc = sl_response_set_source(response, generation, &source);
    if (rc < 0) {
        free(source.context);
    }
    return rc;
}

int main(int argc, char **argv)
{
    sl_server *server = sl_server_create();
    int failed = argc != 2 ||
                 sl_server_handle(server, "GET", "/lines", lines, NULL) < 0 ||
                 sl_server_set(server, "listen", argv[1]) < 0 ||
                 sl_server_run(server) < 0;

    fprintf(stderr, "%s\n", sl_server_error(server));
    sl_server_destroy(server);
    return failed;
}
