/* The version of the parser that this layer is built on. */
#ifndef SLUICE_HTTP_VERSION_H
#define SLUICE_HTTP_VERSION_H

/* Static memory, as in "9.2.1". */
const char *sl_http_parser_version(void);

#endif
