/* libsndfile's readers and writers in a process of their own. The library is opened by its name, so that neither
 * its header nor a link is needed; the two declarations below are its published interface.
 *
 * judge read FORMAT RATE FILE       the samples of FILE, 16 bits, to standard output; FORMAT 0: FILE has a header
 * judge write FORMAT CHANNELS FILE  FILE with the samples of standard input, 8000 a second
 *
 * Ends with 2 if there is no libsndfile. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct info {
    int64_t frames;
    int rate, channels, format, sections, seekable;
};

typedef void *(*open_fn)(const char *, int, struct info *);
typedef int64_t (*short_fn)(void *, int16_t *, int64_t);
typedef int (*close_fn)(void *);

enum { READ = 0x10, WRITE = 0x20 };

int main(int argc, char **argv) {
    if (argc != 5)
        return 1;
    void *library = dlopen("libsndfile.so.1", RTLD_NOW);
    if (!library)
        return 2;
    open_fn open_file = (open_fn)dlsym(library, "sf_open");
    short_fn read_short = (short_fn)dlsym(library, "sf_read_short");
    short_fn write_short = (short_fn)dlsym(library, "sf_write_short");
    close_fn close_file = (close_fn)dlsym(library, "sf_close");

    int reading = !strcmp(argv[1], "read");
    struct info info = {0};
    info.format = (int)strtol(argv[2], NULL, 0);
    info.rate = reading ? atoi(argv[3]) : 8000;
    info.channels = reading ? 1 : atoi(argv[3]);
    if (reading && !info.format)
        memset(&info, 0, sizeof info);
    void *file = open_file(argv[4], reading ? READ : WRITE, &info);
    if (!file)
        return 3;
    static int16_t samples[1 << 16];
    if (reading) {
        int64_t count;
        while ((count = read_short(file, samples, 1 << 16)) > 0)
            fwrite(samples, 2, (size_t)count, stdout);
    } else {
        size_t count;
        while ((count = fread(samples, 2, 1 << 16, stdin)) > 0)
            write_short(file, samples, (int64_t)count);
    }
    return close_file(file);
}
