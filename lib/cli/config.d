lib/cli/config.o: lib/cli/config.cc lib/cli/config.h lib/cli/keys.h \
 lib/posix/fault.h lib/posix/fd.h
lib/cli/config.h:
lib/cli/keys.h:
lib/posix/fault.h:
lib/posix/fd.h:
