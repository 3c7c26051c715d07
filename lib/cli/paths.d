lib/cli/paths.o: lib/cli/paths.cc lib/cli/config.h lib/posix/fault.h
lib/cli/config.h:
lib/posix/fault.h:
