/* A session has a parser only while it needs one: idle connections are many,
 * and messages that arrive in parts are few.
 */
#include "session/http1.h"

static const sl_parser_limits *limits_of(sl_session_env *env)
{
    const sl_session_settings *settings = env->settings;

    env->limits = (sl_parser_limits){
        .request_line_bytes = settings->request_line_bytes,
        .header_bytes = settings->header_bytes,
        .header_count = settings->header_count,
    };
    return &env->limits;
}

sl_parser *sl_session_parser(sl_session *session)
{
    sl_session_env *env = session->env;

    if (session->parser == NULL) {
        session->parser = sl_parser_take(&env->parsers, &env->pipeline->arenas,
                                         limits_of(env));
    }
    return session->parser;
}

void sl_session_drop_parser(sl_session *session)
{
    if (session->parser != NULL) {
        sl_parser_give(&session->env->parsers, session->parser);
        session->parser = NULL;
    }
}

bool sl_session_is_in_head(const sl_session *session)
{
    return session->parser != NULL && sl_parser_is_in_head(session->parser);
}

void sl_session_forget_trailers(sl_session *session)
{
    if (session->parser != NULL) {
        sl_parser_set_trailers(session->parser, NULL);
    }
}
