# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion for imapsync(1) and its filters.
# shellcheck shell=bash

_imapsync() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} options
  [[ $current == = ]] && current=
  [[ $previous == = ]] && previous=${COMP_WORDS[COMP_CWORD-2]}
  compopt -o default
  case $previous in
    -c | --config | --database)
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    --stage-log)
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      return
      ;;
  esac
  case ${COMP_WORDS[0]##*/} in
    imapsync)
      options='--config --quiet --verbose --debug --dry-run --stage-log --print-pipeline'
      ;;
    imap-connect) options='--config --debug --at-once --probe --records --exit local remote' ;;
    imap-changes)
      options='--reference --list-mailbox --list-select-opts --ignore-mailbox --dry-run local remote'
      ;;
    imap-apply) options='--local-reference --remote-reference local remote' ;;
    imap-state)
      options='--database --dry-run'
      [[ $COMP_CWORD -eq 1 ]] && options='show plan commit dump check'
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$options --help --version" -- "$current")
}

complete -F _imapsync imapsync imap-connect imap-changes imap-apply imap-state
