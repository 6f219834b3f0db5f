/*
 * Preloaded into the server by tests/durability/run: notes how much of each file has been synced.
 *
 * After each successful fsync or fdatasync it appends (inode, size when the sync began), two 64-bit numbers, to the file that
 * SLUICE_SYNCED_SIZES names. The test kills the server and cuts every file to its last noted size: what a crash of the machine may leave.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int notes = -1;

static void __attribute__((constructor)) open_notes(void) {
  const char* path = getenv("SLUICE_SYNCED_SIZES");
  if (path != NULL) notes = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static int sync_and_note(int file, const char* name) {
  struct stat before;
  int known = fstat(file, &before) == 0 && S_ISREG(before.st_mode);
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  int result = real(file);
  if (result == 0 && known && notes >= 0) {
    uint64_t note[2] = {before.st_ino, (uint64_t)before.st_size};
    if (write(notes, note, sizeof(note)) != sizeof(note)) abort();
  }
  return result;
}

int fsync(int file) { return sync_and_note(file, "fsync"); }
int fdatasync(int file) { return sync_and_note(file, "fdatasync"); }
