/**
 * A search in a process of its own, to be killed: `node --import tsx search-child.ts <ledger>`. Prints one line with
 * the architecture's key for every reported evaluation and `done` at the end; `hold` as second argument makes it keep
 * the ledger open and wait instead.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { openSqliteLedger } from '../../src/host/node/sqlite-ledger.js'
import { runSearch } from '../../src/nas/search.js'
import { childSearch } from './child-search.js'
import { StandInEvaluator } from './stand-in-evaluator.js'

async function main(path: string, mode: string | undefined): Promise<void> {
  const ledger = await openSqliteLedger(path)
  if (mode === 'hold') {
    console.log('held')
    await pause(60_000)
  }
  const evaluator = new StandInEvaluator('child', () => pause(1))
  await runSearch({
    ...childSearch,
    evaluator,
    ledger,
    onEvent: (event) => {
      if (event.type === 'evaluation') console.log(event.key)
    },
  })
  ledger.close()
  console.log('done')
}

await main(process.argv[2] as string, process.argv[3])
