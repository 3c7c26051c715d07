lib/posix/buffer.o: lib/posix/buffer.cc lib/posix/buffer.h \
 lib/posix/fault.h
lib/posix/buffer.h:
lib/posix/fault.h:
