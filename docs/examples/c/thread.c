/* An answer that another thread works out: ./thread address
 *
 *   GET /slow    takes a while, and holds up nobody
 *
 * The thread touches nothing of the server but sl_server_post. The function that
 * it posts runs on the server's loop, once, also when the client has left or the
 * server has ended: then only the memory is left to be freed.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sluice/sluice.h>

typedef struct job {
    sl_server *server;
    sl_response *response; /* for the post; the thread never looks at it */
    uint32_t generation;
    char answer[64];
    int len;
} job;

static void on_loop(sl_request *request, sl_response *response,
                    uint32_t generation, sl_status status, void *context)
{
    job *j = context;

    if (status == SL_OK) {
        status =
            sl_response_write(response, generation, j->answer, (size_t)j->len);
        (void)!sl_response_indicate_completion(response, generation, status);
    } else {
        printf("too late: %s\n", sl_status_name(status));
        fflush(stdout);
    }
    free(j);
}

static void *work(void *context)
{
    job *j = context;
    long sum = 0;

    for (long i = 1; i <= 1000; i++) {
        sum += i;
        usleep(100);
    }
    j->len = snprintf(j->answer, sizeof j->answer, "the sum is %ld\n", sum);
    sl_server_post(j->server, j->response, j->generation, on_loop, j);
    return NULL;
}

/* A client that leaves: the handler ends at once, the thread a little later. */
static void on_abort(sl_request *request, sl_response *response,
                     uint32_t generation, void *context)
{
    (void)!sl_response_indicate_completion(response, generation, SL_EABORTED);
}

static sl_status slow(sl_request *request, sl_response *response,
                      uint32_t generation, void *context)
{
    job *j = calloc(1, sizeof *j);
    pthread_t thread;

    if (j == NULL ||
        sl_response_on_abort(response, generation, on_abort, NULL) < 0) {
        free(j);
        return SL_ESYSTEM;
    }
    j->server = context;
    j->response = response;
    j->generation = generation;
    if (pthread_create(&thread, NULL, work, j) != 0) {
        free(j);
        return SL_ESYSTEM;
    }
    pthread_detach(thread);
    return SL_PENDING;
}

int main(int argc, char **argv)
{
    sl_server *server = sl_server_create();
    int failed = argc != 2 ||
                 sl_server_handle(server, "GET", "/slow", slow, server) < 0 ||
                 sl_server_set(server, "listen", argv[1]) < 0 ||
                 sl_server_run(server) < 0;

    fprintf(stderr, "%s\n", sl_server_error(server));
    sl_server_destroy(server);
    return failed;
}
