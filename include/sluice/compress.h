/* Compression of responses by gzip, brotli or zstd, whatever the client likes best
 * of them: a stage that comes with the server.
 *
 * An answer is compressed when its media type is listed, it is not shorter than
 * the minimum (as far as that is known), and nobody has said otherwise: it has no
 * Content-Encoding, no `Cache-Control: no-transform`, and is no part of something
 * (206). It then says Content-Encoding and Vary, its entity tag is a weak one, and
 * what is flushed can be decoded at once.
 */
#ifndef SLUICE_COMPRESS_H
#define SLUICE_COMPRESS_H

#include <sluice/response.h>

/* What is zero or NULL is as the settings say. Texts are copied. */
typedef struct sl_compress_options {
    uint32_t off;         /* not 0: do not compress this response */
    int32_t gzip_level;   /* 1 to 9 */
    int32_t brotli_level; /* 1 to 11 */
    int32_t zstd_level;   /* 1 to 19 */
    double min_bytes; /* shorter bodies stay as they are; -1: none is short */
    sl_span codings;  /* "br, zstd, gzip": the first of equals is taken */
    sl_span types;    /* "text, application/json, +xml": all of a kind, one,
                             all with that ending */
} sl_compress_options;

/* Compress a response, or do not. To be called before anything is written; again:
 * the last call counts. With NULL as the settings say. SL_EINVAL: an unknown
 * coding or level; SL_ECOMMITTED. */
SL_API SL_MUST_USE sl_status
sl_response_compress(sl_response *response, uint32_t generation,
                     const sl_compress_options *options);

#endif
