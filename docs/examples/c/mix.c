/* Memory and a file in one answer, and what came of it: ./mix address file
 *
 * The body is written by one asynchronous operation. Its completion says how
 * many bytes the client's kernel was given, and ends the handler.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <sluice/sluice.h>

static void on_written(sl_response *response, uint32_t generation,
                       const sl_completion *done, void *context)
{
    printf("%s: %.0f bytes of the body, %.0f on the wire\n",
           sl_status_name(done->status), done->bytes, done->wire_bytes);
    fflush(stdout);
    (void)!sl_response_indicate_completion(response, generation, done->status);
}

static sl_status mix(sl_request *request, sl_response *response,
                     uint32_t generation, void *context)
{
    static const char before[] = "-- begin --\n", after[] = "-- end --\n";
    const char *path = context;
    sl_operation operation = {.flags = SL_ASYNC | SL_ALWAYS_POST,
                              .callback = on_written};
    sl_chunk chunks[] = {
        {.kind = SL_CHUNK_MEMORY, .data = before, .len = sizeof before - 1},
        {.kind = SL_CHUNK_FILE, .extent = SL_TO_END},
        /* Static memory needs no copy, and no release. */
        {.kind = SL_CHUNK_BORROWED, .data = after, .len = sizeof after - 1},
    };
    sl_status rc;

    chunks[1].fd = open(path, O_RDONLY | O_CLOEXEC);
    if (chunks[1].fd < 0) {
        return SL_ENOTFOUND; /* a negative status is a 500 */
    }
    /* No SL_MORE_DATA: this is all, so the length is known beforehand. */
    rc = sl_response_write_entity_chunks(response, generation, chunks, 3,
                                         &operation);
    if (rc < 0) {
        close(chunks[1].fd); /* a call that fails takes nothing over */
    }
    return rc; /* SL_PENDING: the handler is over when on_written says so */
}

int main(int argc, char **argv)
{
    sl_server *server = sl_server_create();
    int failed = argc != 3 ||
                 sl_server_handle(server, "GET", "/mix", mix, argv[2]) < 0 ||
                 sl_server_set(server, "listen", argv[1]) < 0 ||
                 sl_server_run(server) < 0;

    fprintf(stderr, "%s\n", sl_server_error(server));
    sl_server_destroy(server);
    return failed;
}
