/* File ranges on their way out, also where sendfile is refused. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>

#include "net_world.h"

/* What sendfile fails with; 0: it works. The tests' own, so that the linker
 * takes it in place of the system's. */
static int refusal;

ssize_t sendfile(int to, int from, off_t *offset, size_t len)
{
    if (refusal != 0) {
        errno = refusal;
        return -1;
    }
    return syscall(SYS_sendfile, to, from, offset, len);
}

static int file_of(const char *data, size_t len)
{
    int fd = memfd_create("range", MFD_CLOEXEC);

    CHECK(fd >= 0 && write(fd, data, len) == (ssize_t)len);
    return fd;
}

static void a_file_range_follows_the_bytes(void **state)
{
    char text[32] = "";
    world w;
    int fd;

    world_init(&w, sl_net_defaults);
    fd = dial_and_accept(&w);
    w.last->fd = file_of("0123456789", 10);
    w.last->file_offset = 3;
    w.last->file_left = 4;
    sl_buffer_append(&w.last->out, "head ", 5);
    w.last->output->due(w.last->connection);
    UNTIL(&w, w.last->fd < 0);
    CHECK(recv(fd, text, 9, MSG_WAITALL) == 9);
    assert_string_equal(text, "head 3456");
    CHECK(w.last->file_failures == 0);
    close(fd);
    world_deinit(&w);
}

/* A range of ten bytes that this file does not give: the client is told. */
static void check_failure(int file)
{
    char text[32] = "";
    world w;
    int fd;

    CHECK(file >= 0);
    world_init(&w, sl_net_defaults);
    fd = dial_and_accept(&w);
    w.last->fd = file;
    w.last->file_left = 10;
    w.last->output->due(w.last->connection);
    UNTIL(&w, w.live == 0);
    while (recv(fd, text, sizeof text, 0) > 0) {
    }
    CHECK(errno == ECONNRESET);
    close(fd);
    world_deinit(&w);
}

static void a_file_that_became_shorter_fails(void **state)
{
    check_failure(file_of("0123", 4));
}

/* As from a disk that is broken. */
static void a_file_that_cannot_be_read_fails(void **state)
{
    refusal = EIO;
    check_failure(file_of("0123456789", 10));
    refusal = 0;
}

static void
a_file_is_copied_where_the_system_cannot_send_it_itself(void **state)
{
    enum { BYTES = 300000 };
    char *sent = malloc(BYTES);
    char *got = malloc(BYTES);
    world w;
    int fd;

    CHECK(sent != NULL && got != NULL);
    for (int i = 0; i < BYTES; i++) {
        sent[i] = (char)(i % 251);
    }
    refusal = EINVAL;
    world_init(&w, sl_net_defaults);
    fd = dial_and_accept(&w);
    w.last->fd = file_of(sent, BYTES);
    w.last->file_left = BYTES;
    w.last->output->due(w.last->connection);
    for (size_t len = 0; len < BYTES;) {
        ssize_t n = recv(fd, got + len, BYTES - len, MSG_DONTWAIT);

        len += n > 0 ? (size_t)n : 0;
        turn(&w);
    }
    CHECK(memcmp(got, sent, BYTES) == 0);
    CHECK(w.last->fd < 0 && w.last->file_failures == 0);
    close(fd);
    world_deinit(&w);
    refusal = 0;
    free(sent);
    free(got);
}

static void a_shorter_file_fails_when_it_is_copied_too(void **state)
{
    refusal = EINVAL;
    check_failure(file_of("0123", 4));
    refusal = 0;
}

/* The first page of a process is nobody's: reading it gives EIO. */
static void a_broken_file_fails_when_it_is_copied_too(void **state)
{
    char byte;
    int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);

    CHECK(pread(fd, &byte, 1, 0) < 0 && errno == EIO);
    refusal = EINVAL;
    check_failure(fd);
    refusal = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_range_follows_the_bytes),
        cmocka_unit_test(a_file_that_became_shorter_fails),
        cmocka_unit_test(a_file_that_cannot_be_read_fails),
        cmocka_unit_test(
            a_file_is_copied_where_the_system_cannot_send_it_itself),
        cmocka_unit_test(a_shorter_file_fails_when_it_is_copied_too),
        cmocka_unit_test(a_broken_file_fails_when_it_is_copied_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
