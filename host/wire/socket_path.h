/*
 * A Unix-domain stream socket at a path of the file system: made so that nobody but those that its
 * mode names can ever connect, and taken away when it is still ours.
 */
#ifndef LIQ_WIRE_SOCKET_PATH_H
#define LIQ_WIRE_SOCKET_PATH_H

#include <sys/types.h>

#include <liqscan/status.h>

typedef struct liq_socket_path {
    int descriptor; /* listens, does not block */
    dev_t device;   /* of the file that was made */
    ino_t inode;
} liq_socket_path;

/**
 * Listen at a path. A socket that is there already is replaced when nobody answers at it.
 * @param path  at most 107 bytes; its folder must exist
 * @param mode  of the file, such as 0600
 * @return LIQ_OK; LIQ_OUT_OF_RANGE (the path is too long); LIQ_DUPLICATE (somebody answers, or
 * something else stands there); LIQ_IO
 */
LIQ_MUST_USE liq_status liq_socket_path_listen(liq_socket_path *out, const char *path, mode_t mode,
                                               liq_error *err);

/** Close it, and take the file away if it is the one that was made. */
void liq_socket_path_close(const liq_socket_path *socket, const char *path);

#endif
