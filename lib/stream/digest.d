lib/stream/digest.o: lib/stream/digest.cc lib/stream/digest.h \
 lib/stream/secret.h lib/posix/fault.h
lib/stream/digest.h:
lib/stream/secret.h:
lib/posix/fault.h:
