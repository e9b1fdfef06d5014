/* What serves in the place of an app that does not start, while it is written:
 * a browser shows why, and turns to the app by itself when it is mended. It is
 * an app as any other, so that what follows is a reload as any other. */
#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "script/sources.h"
#include "supervisor/supervisor.h"

/* As Lua writes a string, whatever is in it. */
static void append_quoted(sl_buffer *code, const char *text)
{
    sl_buffer_printf(code, "\"");
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        sl_buffer_printf(code, isalnum(c) || c == ' ' ? "%c" : "\\%03d", c);
    }
    sl_buffer_printf(code, "\"");
}

/* The sources of an app at `path`. -1: errno. */
static int record(const char *path, const char *why)
{
    sl_buffer code = {0};
    int fd = sl_sources_create_record();

    if (fd < 0) {
        return -1;
    }
    sl_buffer_printf(&code, "return require(\"sluice.dev.stand_in\")(");
    append_quoted(&code, why);
    sl_buffer_printf(&code, ")\n");
    if (sl_sources_write(fd, path, sl_buffer_data(&code),
                         sl_buffer_len(&code)) < 0 ||
        sl_sources_seal_record(fd) < 0) {
        close(fd);
        fd = -1;
    }
    sl_buffer_deinit(&code);
    return fd;
}

bool sl_stand_in_start(sl_supervisor *supervisor, const char *why)
{
    sl_reload *reload = &supervisor->reload;
    int fd = reload->stands_in ? -1 : record(supervisor->app, why);

    if (fd < 0) {
        return false; /* also when it is the stand-in that does not start */
    }
    sl_reload_drop(&reload->sources);
    reload->sources = fd;
    reload->stands_in = true;
    reload->serves = true;
    sl_supervisor_start_workers(supervisor);
    return true;
}
