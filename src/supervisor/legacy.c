#include "supervisor/legacy.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "supervisor/supervisor.h"

static const char variable[] = "_SLUICE_LEGACY"; /* "<pid> <fd>" */

/* --- Leaving --------------------------------------------------------------------- */

typedef void visit_fd(int fd);

static void survive(int fd)
{
    (void)fcntl(fd, F_SETFD, 0);
}

static void perish(int fd)
{
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static void each_fd(const sl_supervisor *supervisor, visit_fd *visit)
{
    for (size_t i = 0; i < supervisor->ports.count; i++) {
        const sl_port *port = &supervisor->ports.ports[i];

        for (uint32_t k = 0; k < port->count; k++) {
            visit(port->sockets[k].fd);
        }
    }
    for (const sl_list *link = supervisor->children.next;
         link != &supervisor->children; link = link->next) {
        const sl_child *child = SL_CONTAINER(link, sl_child, link);

        visit(child->channel);
        visit(child->page_fd);
    }
    if (supervisor->reload.sources >= 0) {
        visit(supervisor->reload.sources);
    }
    visit(supervisor->sums_fd);
}

static void write_ports(const sl_ports *ports, FILE *out)
{
    for (size_t i = 0; i < ports->count; i++) {
        const sl_port *port = &ports->ports[i];

        fprintf(out, "port %d %u", port->inherited, port->count);
        for (uint32_t k = 0; k < port->count; k++) {
            fprintf(out, " %d", port->sockets[k].fd);
        }
        fprintf(out, " %s\n", port->text);
    }
}

static void write_children(const sl_supervisor *supervisor, FILE *out)
{
    for (const sl_list *link = supervisor->children.next;
         link != &supervisor->children; link = link->next) {
        const sl_child *child = SL_CONTAINER(link, sl_child, link);

        fprintf(out, "child %u %d %d %d %d\n", child->slot, (int)child->pid,
                (int)child->state, child->channel, child->page_fd);
    }
}

static void write_sums(const sl_supervisor *supervisor, FILE *out)
{
    const sl_outcome *outcome = &supervisor->reload.outcome;
    uint64_t ok = outcome->number - outcome->failures;

    fprintf(out, "sums %d %" PRId64 " %" PRIu64 " %" PRIu64,
            supervisor->sums_fd, supervisor->started_unix_s,
            supervisor->replaced, supervisor->deaths);
    fprintf(out, " %" PRIu64 " %" PRIu64 "\n", supervisor->reloads_before + ok,
            supervisor->failed_before + outcome->failures);
}

int sl_legacy_leave(sl_supervisor *supervisor)
{
    int fd = memfd_create("sluice-legacy", 0);
    FILE *out = fd >= 0 ? fdopen(dup(fd), "w") : NULL;
    char value[32];

    if (out == NULL) {
        return -1;
    }
    if (supervisor->reload.sources >= 0) {
        fprintf(out, "sources %d\n", supervisor->reload.sources);
    }
    write_sums(supervisor, out);
    write_ports(&supervisor->ports, out);
    write_children(supervisor, out);
    if (fclose(out) != 0) {
        close(fd);
        return -1;
    }
    (void)snprintf(value, sizeof value, "%d %d", (int)getpid(), fd);
    setenv(variable, value, 1);
    each_fd(supervisor, survive);
    return fd;
}

void sl_legacy_keep(sl_supervisor *supervisor, int fd)
{
    unsetenv(variable);
    each_fd(supervisor, perish);
    if (fd >= 0) {
        close(fd);
    }
}

/* --- Finding --------------------------------------------------------------------- */

static char *read_all(int fd)
{
    struct stat st;
    char *text;

    if (fstat(fd, &st) < 0) {
        return NULL;
    }
    text = sl_calloc(1, (size_t)st.st_size + 1);
    if (pread(fd, text, (size_t)st.st_size, 0) != st.st_size) {
        sl_free(text);
        return NULL;
    }
    return text;
}

/* The file's descriptor; -1: there is none for this process. */
static int find(void)
{
    const char *value = getenv(variable);
    int pid;
    int fd;

    return value != NULL && sscanf(value, "%d %d", &pid, &fd) == 2 &&
                   pid == (int)getpid()
               ? fd
               : -1;
}

bool sl_legacy_is_there(void)
{
    return find() >= 0;
}

char *sl_legacy_find(void)
{
    int fd = find();
    char *text = NULL;

    if (fd >= 0) {
        text = read_all(fd);
        close(fd);
    }
    unsetenv(variable);
    return text;
}

/* A number at the front of *text, which moves behind it. */
static long take_number(const char **text)
{
    char *end;
    long number = strtol(*text, &end, 10);

    *text = end;
    return number;
}

static void take_port(const char *line, sl_port *port)
{
    size_t len;

    port->inherited = take_number(&line) != 0;
    port->count = (uint32_t)take_number(&line);
    port->sockets = sl_calloc(port->count, sizeof *port->sockets);
    for (uint32_t i = 0; i < port->count; i++) {
        sl_socket *socket = &port->sockets[i];

        socket->fd = (int)take_number(&line);
        socket->address.len = sizeof socket->address.storage;
        (void)getsockname(socket->fd,
                          (struct sockaddr *)&socket->address.storage,
                          &socket->address.len);
        perish(socket->fd);
        if (!port->inherited) {
            sl_socket_note_file(socket);
        }
    }
    line += *line == ' ';
    len = strcspn(line, "\n");
    port->text = sl_calloc(1, len + 1);
    memcpy(port->text, line, len);
}

/* The line behind this one; NULL: it is the last. */
static const char *next_line(const char *line)
{
    line = strchr(line, '\n');
    return line != NULL && line[1] != '\0' ? line + 1 : NULL;
}

int sl_legacy_sources(const char *text)
{
    for (const char *line = text; line != NULL; line = next_line(line)) {
        if (strncmp(line, "sources ", 8) == 0) {
            int fd = atoi(line + 8);

            perish(fd);
            return fd;
        }
    }
    return -1;
}

void sl_legacy_ports(const char *text, sl_ports *ports)
{
    *ports = (sl_ports){0};
    for (const char *line = text; line != NULL; line = next_line(line)) {
        if (strncmp(line, "port ", 5) == 0) {
            ports->ports = sl_realloc(ports->ports, (ports->count + 1) *
                                                        sizeof *ports->ports);
            take_port(line + 5, &ports->ports[ports->count++]);
        }
    }
}

static void take_child(sl_supervisor *supervisor, const char *line)
{
    uint32_t slot = (uint32_t)take_number(&line);
    pid_t pid = (pid_t)take_number(&line);
    sl_child_state state = (sl_child_state)take_number(&line);
    int channel = (int)take_number(&line);
    int page = (int)take_number(&line);

    perish(channel);
    perish(page);
    sl_child_adopt(supervisor, slot, pid, state, channel, page);
}

void sl_legacy_children(sl_supervisor *supervisor, const char *text)
{
    for (const char *line = text; line != NULL; line = next_line(line)) {
        if (strncmp(line, "child ", 6) == 0) {
            take_child(supervisor, line + 6);
        }
    }
}

void sl_legacy_sums(sl_supervisor *supervisor, const char *text)
{
    for (const char *line = text; line != NULL; line = next_line(line)) {
        if (strncmp(line, "sums ", 5) == 0) {
            line += 5;
            int fd = (int)take_number(&line);

            perish(fd);
            supervisor->started_unix_s = take_number(&line);
            supervisor->replaced = (uint64_t)take_number(&line);
            supervisor->deaths = (uint64_t)take_number(&line);
            supervisor->reloads_before = (uint64_t)take_number(&line);
            supervisor->failed_before = (uint64_t)take_number(&line);
            sl_sums_take(supervisor, fd);
        }
    }
}
