/*
 * Preloaded into the server by tests/durability/run: notes how much of each file has been synced.
 *
 * After each successful fsync or fdatasync it appends (inode, size when the sync began), two 64-bit numbers, to the file that
 * SLUICE_SYNCED_SIZES names. The test kills the server and cuts every file to its last noted size: what a crash of the machine may leave.
 * The size of a file that is written with pwrite is the end of its data: logs are extended with zeros ahead.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 65536

static int notes = -1;
static _Atomic uint64_t data_end[FILES_MAX];   /* by descriptor; 0: pwrite was not used */

static void __attribute__((constructor)) open_notes(void) {
  const char* path = getenv("SLUICE_SYNCED_SIZES");
  if (path != NULL) notes = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static int sync_and_note(int file, const char* name) {
  struct stat before;
  uint64_t end = file < FILES_MAX ? data_end[file] : 0;
  int known = fstat(file, &before) == 0 && S_ISREG(before.st_mode);
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  int result = real(file);
  if (result == 0 && known && notes >= 0) {
    uint64_t note[2] = {before.st_ino, end != 0 ? end : (uint64_t)before.st_size};
    if (write(notes, note, sizeof(note)) != sizeof(note)) abort();
  }
  return result;
}

static int all_zero(const char* bytes, size_t count) {
  for (size_t index = 0; index < count; ++index) {
    if (bytes[index] != 0) return 0;
  }
  return 1;
}

ssize_t pwrite64(int file, const void* bytes, size_t count, off64_t offset) {
  ssize_t (*real)(int, const void*, size_t, off64_t) = (ssize_t(*)(int, const void*, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
  ssize_t written = real(file, bytes, count, offset);
  if (written > 0 && file < FILES_MAX && !all_zero(bytes, (size_t)written)) {
    uint64_t end = (uint64_t)(offset + written);
    if (end > data_end[file]) data_end[file] = end;
  }
  return written;
}

ssize_t pwrite(int file, const void* bytes, size_t count, off_t offset) { return pwrite64(file, bytes, count, offset); }

int close(int file) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "close");
  if (file >= 0 && file < FILES_MAX) data_end[file] = 0;
  return real(file);
}

int fsync(int file) { return sync_and_note(file, "fsync"); }
int fdatasync(int file) { return sync_and_note(file, "fdatasync"); }
