/** Names of classes that several entries share, in label order. */

export const decimalDigits: readonly string[] = Array.from({ length: 10 }, (_, digit) => String(digit))

export const cifar10Classes: readonly string[] = 'airplane automobile bird cat deer dog frog horse ship truck'.split(
  ' ',
)

/** The fine labels, alphabetical. */
export const cifar100Classes: readonly string[] = `
  apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can
  castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin
  elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster
  man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck
  pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk
  skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger
  tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm
`
  .trim()
  .split(/\s+/)

/** DVS128 Gesture, classes 1 to 11 of its tables. */
export const gestureClasses: readonly string[] = [
  'hand clapping',
  'right hand wave',
  'left hand wave',
  'right arm clockwise',
  'right arm counter-clockwise',
  'left arm clockwise',
  'left arm counter-clockwise',
  'arm roll',
  'air drums',
  'air guitar',
  'other gestures',
]

/** Hand shapes of the American sign language alphabet; J and Z move and are left out. */
export const aslClasses: readonly string[] = 'abcdefghiklmnopqrstuvwxy'.split('')

/** Classes that have numbers only. */
export const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, label) => String(label))
