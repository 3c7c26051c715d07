tests/unit/posix_fd_test.o: tests/unit/posix_fd_test.cc lib/posix/fd.h
lib/posix/fd.h:
