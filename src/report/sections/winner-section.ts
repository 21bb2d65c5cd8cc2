/** The winner: its wiring, its numbers, its genome. */
import { formatCount, formatEnergy, formatInteger } from '../format.js'
import { definitionTable, figure, html, type Section } from '../markup.js'
import { drawNetwork } from '../network-drawing.js'
import type { ReportData } from '../report-data.js'

/** The winner's section; undefined without a winner. */
export async function winnerSection(data: ReportData): Promise<Section | undefined> {
  const { winner } = data
  if (winner === undefined) return undefined
  const motifs = new Map((winner.motifs ?? []).map((motif) => [motif.cell, motif.name]))
  const drawing =
    winner.graph === undefined
      ? undefined
      : figure(
          'Wiring',
          drawNetwork(winner.graph, motifs),
          html`Cells from left to right; inside a cell, current flows from its inputs to what is concatenated at its
right; a line that leaves upwards or downwards goes on to a later cell. An arrow is excitatory (current clipped to 0 and above), a flat bar inhibitory (0 and below), a dot neither; the
number on an edge is the side of its kernel. Edges above or below a node that point left are feedback inside one time
step. The sign is that of the current an edge adds, not of its weights, and whatever reads a node fed by bars alone never fires.`,
        )
  const table = definitionTable([
    ['canonical key', html`<code>${winner.key}</code>`],
    ['seed', String(winner.seed)],
    ['motifs', [...motifs].map(([cell, name]) => `cell ${cell}: ${name}`).join(', ') || '–'],
    ['parameters', formatInteger(winner.parameters)],
    ['multiply-accumulates a time step', formatCount(winner.macs)],
    ['synaptic operations a sample', formatCount(winner.synapticOperations)],
    ['energy a sample', energyText(winner.energy)],
  ])
  const genome = html`<details><summary>Genome, ${winner.genome.length} genes</summary>
<pre class="wrap"><code>${winner.genome.join(' ')}</code></pre></details>
`
  return { id: 'winner', title: 'Winner', body: html`${drawing}${table}${genome}` }
}

/** An energy estimate with what it assumes. */
export function energyText(energy: NonNullable<ReportData['winner']>['energy']): string {
  return energy === undefined ? '–' : `${formatEnergy(energy.picojoules)} (${energy.assumptions})`
}
