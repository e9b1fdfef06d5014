#include "base/memory.h"
#include "http/head.h"
#include "http/status.h"
#include "session/http1.h"

static sl_span text_of(const char *text)
{
    return (sl_span){text, strlen(text)};
}

/* "400 Bad Request: Host is missing." and a line feed. */
static sl_span explain(sl_arena *arena, sl_refusal refusal)
{
    sl_span phrase = text_of(sl_status_reason(refusal.status));
    sl_span reason = text_of(refusal.reason);
    char *text = sl_arena_take(arena, 8 + phrase.len + reason.len);
    char *at = sl_put_number(text, (uint64_t)refusal.status);

    at = sl_put(at, " ", 1);
    at = sl_put(at, phrase.data, phrase.len);
    at = sl_put(at, ": ", 2);
    at = sl_put(at, reason.data, reason.len);
    at = sl_put(at, "\n", 1);
    return (sl_span){text, (size_t)(at - text)};
}

/* Was it a HEAD, as far as it was read? Its answer has no body. */
static bool is_for_head(const sl_session *session)
{
    sl_span method;

    if (session->current != NULL) {
        return session->current->request.is_head;
    }
    if (session->parser == NULL) {
        return false;
    }
    method = sl_parser_head(session->parser)->method;
    return method.len == 4 && *method.data == 'H';
}

static sl_own_answer *answer_of(sl_session *session)
{
    if (session->refusal == NULL) {
        session->refusal = sl_calloc(1, sizeof *session->refusal);
    }
    return session->refusal;
}

static void render(sl_session *session, sl_refusal refusal)
{
    sl_session_env *env = session->env;
    sl_arena arena;
    sl_fields fields;
    sl_span text;
    sl_span body;
    sl_span head;

    sl_arena_init(&arena, &env->pipeline->arenas);
    sl_fields_init(&fields, &arena);
    sl_fields_push(&fields, text_of("Content-Type"),
                   text_of("text/plain; charset=utf-8"));
    text = explain(&arena, refusal);
    body = is_for_head(session) ? (sl_span){0} : text;
    head = sl_head_render(&arena, &(sl_head){
                                      .status = refusal.status,
                                      .fields = &fields,
                                      .date = sl_session_date(env),
                                      .server = env->settings->server_header,
                                      .length = (double)text.len,
                                      .connection = text_of("close"),
                                      .after = body,
                                  });
    sl_buffer_append(&answer_of(session)->text, head.data, head.len);
    sl_arena_reset(&arena);
}

/* A request whose body cannot be had. True when the session shall answer in
 * place of its handler: nothing of another answer may have gone out, and none
 * may be ready. */
static bool give_up(sl_exchange *exchange, int status)
{
    sl_response *response = &exchange->response;
    bool is_untouched = sl_queue_is_empty(&response->wire);

    sl_request_end(&exchange->request, SL_BODY_FAILED);
    if (response->phase != SL_PHASE_HEAD || response->finished) {
        return false;
    }
    sl_turn_of(exchange)->refused = (uint16_t)status;
    sl_response_fail(response, SL_EABORTED);
    return is_untouched;
}

static void count(sl_session_stat *stat, int status)
{
    stat->changes++;
    switch (status) {
    case 408: /* counted by who knows why */
        break;
    case 414:
        stat->long_lines++;
        break;
    case 431:
        stat->large_heads++;
        break;
    default:
        stat->malformed++;
        break;
    }
}

void sl_session_refuse(sl_session *session, sl_refusal refusal)
{
    bool in_body = session->in_message;

    count(&session->env->stat, refusal.status);
    sl_session_stop_parsing(session);
    sl_session_make_due(session);
    if (session->current == NULL) {
        if (in_body) {
            return; /* its request has been answered */
        }
        answer_of(session)->status = refusal.status;
    } else if (!give_up(session->current, refusal.status)) {
        return;
    }
    render(session, refusal);
}

void sl_session_log_refusal(sl_session *session)
{
    const sl_session_env *env = session->env;

    sl_own_answer *answer = session->refusal;

    if (answer != NULL && answer->status != 0) {
        env->host->on_done(env->host_context, NULL, answer->status,
                           session->peer);
        answer->status = 0;
    }
}

void sl_session_drop_refusal(sl_session *session)
{
    if (session->refusal != NULL) {
        sl_buffer_deinit(&session->refusal->text);
        sl_free(session->refusal);
        session->refusal = NULL;
    }
}
