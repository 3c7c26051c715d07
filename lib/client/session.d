lib/client/session.o: lib/client/session.cc lib/client/session.h \
 lib/imap/parser.h lib/imap/response.h lib/imap/date.h lib/imap/flags.h \
 lib/imap/uid_set.h lib/posix/buffer.h lib/posix/clock.h \
 lib/posix/fault.h lib/posix/loop.h lib/imap/ascii.h lib/posix/fd.h
lib/client/session.h:
lib/imap/parser.h:
lib/imap/response.h:
lib/imap/date.h:
lib/imap/flags.h:
lib/imap/uid_set.h:
lib/posix/buffer.h:
lib/posix/clock.h:
lib/posix/fault.h:
lib/posix/loop.h:
lib/imap/ascii.h:
lib/posix/fd.h:
