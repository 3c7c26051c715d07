lib/record/reader.o: lib/record/reader.cc lib/record/reader.h \
 lib/record/record.h lib/imap/date.h lib/imap/flags.h lib/imap/uid_set.h
lib/record/reader.h:
lib/record/record.h:
lib/imap/date.h:
lib/imap/flags.h:
lib/imap/uid_set.h:
