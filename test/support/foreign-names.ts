/** Names that every plain object answers to, all of them allowed as ids and keys. */
export const FOREIGN_NAMES: readonly string[] = [
  'constructor',
  '__proto__',
  'prototype',
  '__defineGetter__',
  '__lookupSetter__',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'toLocaleString',
  'toString',
  'valueOf',
];
