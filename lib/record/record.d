lib/record/record.o: lib/record/record.cc lib/record/record.h \
 lib/imap/date.h lib/imap/flags.h lib/imap/uid_set.h \
 lib/imap/mailbox_name.h lib/record/escape.h
lib/record/record.h:
lib/imap/date.h:
lib/imap/flags.h:
lib/imap/uid_set.h:
lib/imap/mailbox_name.h:
lib/record/escape.h:
