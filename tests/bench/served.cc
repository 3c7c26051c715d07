// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the server at the other end of a tunnel and appends to LOG the CPU time it took,
// in microseconds, so that the bench can tell a client's time from its server's.
//
//   served LOG PROG [ARG...]
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

static long used(int who) {
  rusage r{};
  getrusage(who, &r);
  return (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000L + r.ru_utime.tv_usec +
         r.ru_stime.tv_usec;
}

int main(int argc, char** argv) {
  if (argc < 3) return 64;
  const pid_t child = fork();
  if (child < 0) return 71;
  if (child == 0) {
    execvp(argv[2], argv + 2);
    std::perror(argv[2]);
    _exit(127);
  }
  for (int sig : {SIGHUP, SIGINT, SIGTERM, SIGPIPE}) std::signal(sig, SIG_IGN);
  close(STDIN_FILENO); // the client hangs up on the server, not on us
  close(STDOUT_FILENO);
  int status = 0;
  if (waitpid(child, &status, 0) < 0) return 71;
  const std::string line =
      std::to_string(used(RUSAGE_CHILDREN) + used(RUSAGE_SELF)) + "\n";
  const int log = open(argv[1], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (log < 0 || write(log, line.data(), line.size()) < 0) return 74;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
