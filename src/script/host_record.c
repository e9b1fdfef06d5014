/* The records of responses, for the pages of development that draw them. */
#include <lauxlib.h>

#include <sluice/operation.h>

#include "pipeline/record.h"
#include "script/host.h"
#include "script/task.h"

static void set_number(lua_State *lua, const char *name, double value)
{
    lua_pushnumber(lua, value);
    lua_setfield(lua, -2, name);
}

static void set_flag(lua_State *lua, const char *name, bool value)
{
    lua_pushboolean(lua, value);
    lua_setfield(lua, -2, name);
}

static void set_text(lua_State *lua, const char *name, const char *value)
{
    lua_pushstring(lua, value);
    lua_setfield(lua, -2, name);
}

static void set_buffer(lua_State *lua, const char *name,
                       const sl_buffer *buffer)
{
    lua_pushlstring(lua, sl_buffer_data(buffer), sl_buffer_len(buffer));
    lua_setfield(lua, -2, name);
}

static const char *phase_of(const sl_record *record)
{
    switch (record->phase) {
    case SL_PHASE_HEAD:
        return "head";
    case SL_PHASE_BODY:
        return "body";
    case SL_PHASE_DONE:
        return "done";
    default:
        return "aborted";
    }
}

/* A table of what is known without its moments. */
static void push_summary(lua_State *lua, sl_record *record)
{
    const sl_recorder *recorder = record->recorder;
    bool is_live = sl_record_is_live(record);
    uint32_t size = sl_record_size(record);
    uint64_t now_ns = recorder->now_ns(recorder->context) - record->began_ns;

    if (is_live) {
        sl_record_look(record);
    }
    if (!is_live && size > 0) {
        now_ns = sl_record_moment(record, size - 1)->at_ns;
    }
    lua_createtable(lua, 0, 24);
    set_text(lua, "id", record->id);
    set_number(lua, "number", record->number);
    set_text(lua, "request_id", record->request_id);
    set_buffer(lua, "method", &record->method);
    set_buffer(lua, "target", &record->target);
    set_number(lua, "unix_ms", (double)record->unix_ms);
    set_number(lua, "ms", (double)now_ns / 1e6);
    set_text(lua, "phase", phase_of(record));
    set_number(lua, "status", record->status);
    set_number(lua, "chunks", record->chunks);
    set_number(lua, "sends", record->sends);
    set_number(lua, "accepted_bytes", record->accepted_bytes);
    set_number(lua, "sent_bytes", record->sent_bytes);
    set_number(lua, "wire_bytes", record->wire_bytes);
    set_flag(lua, "is_live", is_live);
    set_flag(lua, "is_done", record->is_done);
    set_number(lua, "moments_kept", sl_record_size(record));
    set_number(lua, "moments_dropped", (double)sl_record_dropped(record));
    set_number(lua, "first", SL_RECORD_FIRST);
    if (record->failure < 0) {
        set_text(lua, "failure", sl_status_name(record->failure));
    }
}

static const char *const names[SL_MOMENT_KINDS] = {
    [SL_MOMENT_RUN] = "run",
    [SL_MOMENT_WAIT] = "wait",
    [SL_MOMENT_OVER] = "over",
    [SL_MOMENT_CHUNK] = "chunk",
    [SL_MOMENT_FRONT] = "front",
    [SL_MOMENT_OPERATION] = "operation",
    [SL_MOMENT_ASKED] = "asked",
    [SL_MOMENT_FINISHED] = "finished",
    [SL_MOMENT_ANSWERED] = "answered",
    [SL_MOMENT_HEAD] = "head",
    [SL_MOMENT_FRAMED] = "framed",
    [SL_MOMENT_PASSED] = "passed",
    [SL_MOMENT_SENT] = "sent",
    [SL_MOMENT_COMPLETED] = "completed",
    [SL_MOMENT_WITHDRAWN] = "withdrawn",
    [SL_MOMENT_CLEARED] = "cleared",
    [SL_MOMENT_RECEIVED] = "received",
    [SL_MOMENT_FAILED] = "failed",
    [SL_MOMENT_LET_GO] = "let_go",
};

static const char *const waits[] = {
    [SL_WAIT_TURN] = "turn",
    [SL_WAIT_SLEEP] = "sleep",
    [SL_WAIT_ROOM] = "room",
    [SL_WAIT_BODY] = "body",
    [SL_WAIT_COMPLETION] = "completion",
    [SL_WAIT_PARK] = "park",
    [SL_WAIT_JOIN] = "join",
    [SL_WAIT_CHILD] = "child",
};

static const char *const chunks[] = {
    [SL_CHUNK_MEMORY] = "memory",     [SL_CHUNK_BORROWED] = "borrowed",
    [SL_CHUNK_FILE] = "file",         [SL_CHUNK_FRAGMENT] = "fragment",
    [SL_CHUNK_TRAILERS] = "trailers",
};

static const char *const operations[] = {
    [SL_KIND_WRITE] = "write",
    [SL_KIND_FLUSH] = "flush",
    [SL_KIND_READ] = "read",
    [SL_KIND_CHILD] = "child",
};

static const char *word_in(const char *const *words, size_t count, int number)
{
    const char *word =
        number >= 0 && (size_t)number < count ? words[number] : NULL;

    return word != NULL ? word : "other";
}

#define WORD(words, number) \
    word_in(words, sizeof(words) / sizeof *(words), number)

/* The detail of a moment as a word, where it is one. */
static void set_word(lua_State *lua, const sl_moment *moment)
{
    switch ((sl_moment_kind)moment->kind) {
    case SL_MOMENT_WAIT:
        set_text(lua, "word", WORD(waits, moment->detail));
        break;
    case SL_MOMENT_CHUNK:
    case SL_MOMENT_FRONT:
        set_text(lua, "word", WORD(chunks, moment->detail));
        break;
    case SL_MOMENT_OPERATION:
        set_text(lua, "word", WORD(operations, moment->detail));
        break;
    case SL_MOMENT_COMPLETED:
    case SL_MOMENT_FAILED:
        set_text(lua, "word", sl_status_name(moment->detail));
        break;
    default:
        break;
    }
}

static void push_moment(lua_State *lua, const sl_moment *moment)
{
    lua_createtable(lua, 0, 7);
    set_text(lua, "kind", names[moment->kind]);
    set_number(lua, "ms", (double)moment->at_ns / 1e6);
    set_number(lua, "id", moment->id);
    set_number(lua, "detail", moment->detail);
    set_number(lua, "a", moment->a);
    set_number(lua, "b", moment->b);
    set_word(lua, moment);
}

static sl_recorder *recorder_of(lua_State *lua)
{
    return sl_script_of(lua)->pipeline->recorder;
}

int sl_host_records(lua_State *lua)
{
    sl_recorder *recorder = recorder_of(lua);
    int n = 0;

    lua_newtable(lua);
    for (int i = 0; recorder != NULL && i < SL_RECORDS; i++) {
        if (recorder->records[i].number != 0) {
            push_summary(lua, &recorder->records[i]);
            lua_rawseti(lua, -2, ++n);
        }
    }
    lua_pushnumber(lua, recorder != NULL ? recorder->missed : 0);
    return 2;
}

int sl_host_record(lua_State *lua)
{
    sl_recorder *recorder = recorder_of(lua);
    const char *id = luaL_checkstring(lua, 1);
    sl_record *record =
        recorder != NULL ? sl_recorder_find(recorder, id) : NULL;

    if (record == NULL) {
        return 0;
    }
    push_summary(lua, record);
    set_number(lua, "high_water",
               (double)sl_script_of(lua)->pipeline->settings.high_water);
    set_buffer(lua, "request_head", &record->request_head);
    set_buffer(lua, "response_head", &record->response_head);
    set_buffer(lua, "stages", &record->stages);
    lua_createtable(lua, (int)sl_record_size(record), 0);
    for (uint32_t i = 0; i < sl_record_size(record); i++) {
        push_moment(lua, sl_record_moment(record, i));
        lua_rawseti(lua, -2, (int)i + 1);
    }
    lua_setfield(lua, -2, "moments");
    return 1;
}
