// node counts.mjs <tool> <what the tool said>
// Prints how many tests passed, failed and were skipped, by the tool's own account.
import { readFileSync } from 'node:fs';

const [tool, file] = process.argv.slice(2);
const said = readFileSync(file, 'utf8');
const number = (pattern) => Number(said.match(pattern)?.[1] ?? 0);
const fromJson = () => {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(said);
  return [numPassedTests, numFailedTests, numPendingTests];
};
const accounts = {
  node: () => [number(/^# pass (\d+)/m), number(/^# fail (\d+)/m), number(/^# skipped (\d+)/m) + number(/^# todo (\d+)/m)],
  vitest: fromJson,
  jest: fromJson,
  pytest: () => [number(/(\d+) passed/), number(/(\d+) failed/) + number(/(\d+) error/), number(/(\d+) skipped/)],
  ctest: () => {
    const total = number(/tests failed out of (\d+)/);
    const failed = number(/(\d+) tests? failed out of/);
    const skipped = said.match(/^\s+\d+ - \S+ \((?:Skipped|Disabled)\)/gm)?.length ?? 0;
    return [total - failed - skipped, failed, skipped];
  },
  gtest: () => [
    number(/\[ {2}PASSED {2}\] (\d+) test/),
    number(/\[ {2}FAILED {2}\] (\d+) tests?,/),
    number(/\[ {2}SKIPPED \] (\d+) tests?,/) + number(/YOU HAVE (\d+) DISABLED/),
  ],
  catch2: () => [number(/^test cases:.*?(\d+) passed/m), number(/^test cases:.*?(\d+) failed/m), 0],
};
console.log(accounts[tool]().join(' '));
