/** The documents of a package: a link to a file that is not in the package becomes its text. */
const path = require('node:path');

const FENCE = /^(```|~~~)/;
/** A link or picture; its text may contain code. */
const LINK = /(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)/g;
const ELSEWHERE = /^[a-z][a-z0-9+.-]*:/i;

/**
 * @param file its path in the package, with `/`
 * @param has whether the package has a file, by its path
 */
function keepLinks(file, text, has) {
  let isCode = false;
  return text
    .split('\n')
    .map((line) => {
      if (FENCE.test(line)) isCode = !isCode;
      return isCode ? line : line.replace(LINK, (whole, bang, words, target) => keep(whole, bang, words, target));
    })
    .join('\n');

  function keep(whole, bang, words, target) {
    const [relative] = decodeURI(target).split('#');
    if (ELSEWHERE.test(target) || relative === '') return whole;
    if (has(path.posix.join(path.posix.dirname(file), relative))) return whole;
    return bang === '' ? words : '';
  }
}

module.exports = { keepLinks };
