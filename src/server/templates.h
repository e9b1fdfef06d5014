/* The files of a new project, which the build embeds from lua/new. */
#ifndef SLUICE_SERVER_TEMPLATES_H
#define SLUICE_SERVER_TEMPLATES_H

#include <stddef.h>

struct sl_template {
    const char *path; /* below the project; "dot-" in front stands for "." */
    const char *text; /* with @NAME@ and @LIBRARY@ */
    size_t len;
};

/* Ended by one without a path. */
extern const struct sl_template sl_templates[];

#endif
