lib/filter/stdio.o: lib/filter/stdio.cc lib/filter/stdio.h \
 lib/posix/buffer.h lib/posix/loop.h lib/posix/clock.h \
 lib/record/reader.h lib/record/record.h lib/imap/date.h lib/imap/flags.h \
 lib/imap/uid_set.h lib/posix/fault.h lib/posix/fd.h
lib/filter/stdio.h:
lib/posix/buffer.h:
lib/posix/loop.h:
lib/posix/clock.h:
lib/record/reader.h:
lib/record/record.h:
lib/imap/date.h:
lib/imap/flags.h:
lib/imap/uid_set.h:
lib/posix/fault.h:
lib/posix/fd.h:
