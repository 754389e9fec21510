/* source_read() of tree.h. */
#include "base/check.h"
#include "scenario/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 1024 * 1024 };

/* Why a file of this kind and size is not read, or NULL. */
static const char *refuse_status(const struct stat *status, enum diag_code *code)
{
    *code = DIAG_IO;
    if (S_ISDIR(status->st_mode)) {
        return "it is a directory";
    }
    if (S_ISFIFO(status->st_mode) || S_ISSOCK(status->st_mode)) {
        return "it is a pipe or socket; write it to a file first";
    }
    if (!S_ISREG(status->st_mode)) {
        return "it is a device; only regular files are read";
    }
    *code = DIAG_TOO_LARGE;
    return status->st_size > FILE_BYTES_MAX ? "it is larger than 1 MiB" : NULL;
}

static const char *explain_errno(int error)
{
    switch (error) {
    case ENOENT: return "there is no such file";
    case ENOTDIR: return "a part of the path is not a directory";
    case EACCES: return "permission denied";
    case ENAMETOOLONG: return "the path is too long";
    case ELOOP: return "too many symbolic links";
    default: return strerror(error);
    }
}

/* Reads at most one byte more than the limit into `buffer`. NULL, or what went wrong. */
static const char *read_bytes(int file, char *buffer, size_t *size_bytes, enum diag_code *code)
{
    struct stat status;
    *code = DIAG_IO;
    if (fstat(file, &status) != 0) {
        return explain_errno(errno);
    }
    const char *refusal = refuse_status(&status, code); /* Again: the path may lead elsewhere by now. */
    if (refusal != NULL) {
        return refusal;
    }
    *size_bytes = 0;
    while (*size_bytes <= FILE_BYTES_MAX) {
        const ssize_t got = read(file, buffer + *size_bytes, (size_t)FILE_BYTES_MAX + 1 - *size_bytes);
        if (got == 0) {
            return NULL;
        }
        if (got > 0) {
            *size_bytes += (size_t)got;
        } else if (errno != EINTR) {
            *code = DIAG_IO;
            return explain_errno(errno);
        }
    }
    *code = DIAG_TOO_LARGE; /* It grew, or its size was not known before, as below /proc. */
    return "it is larger than 1 MiB";
}

static const char *read_path(const char *path, char *buffer, size_t *size_bytes, enum diag_code *code)
{
    struct stat status;
    *code = DIAG_IO;
    if (stat(path, &status) != 0) {
        return explain_errno(errno);
    }
    const char *refusal = refuse_status(&status, code);
    if (refusal != NULL) {
        return refusal;
    }
    const int file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file < 0) {
        *code = DIAG_IO;
        return explain_errno(errno);
    }
    refusal = read_bytes(file, buffer, size_bytes, code);
    (void)close(file);
    return refusal;
}

const struct source *source_read(struct arena *arena, const char *path, struct mark reference, struct diags *diags)
{
    char *buffer = malloc((size_t)FILE_BYTES_MAX + 1);
    check(buffer != NULL);
    size_t size_bytes = 0;
    enum diag_code code = DIAG_IO;
    const char *refusal = read_path(path, buffer, &size_bytes, &code);
    struct source *source = NULL;
    if (refusal != NULL) {
        diag_error(diags, reference, code, "cannot read '%s': %s", path, refusal);
    } else {
        source = ARENA_NEW(arena, struct source);
        source->path = arena_copy_text(arena, path, strlen(path));
        source->text = arena_copy_text(arena, buffer, size_bytes);
        source->size_bytes = size_bytes;
    }
    free(buffer);
    return source;
}
