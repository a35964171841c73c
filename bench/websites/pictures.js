/**
 * Return the share of a page's tiles that look different from the first picture without us, among the tiles that are the
 * same in all pictures without us.
 * @param {string[]} urls of the page with us, and of several pictures of the page without us
 */
async urls => {
  const TILE = 16, MOST = 60; // summed over three channels, on average over a tile's pixels
  const read = async url => {
    const bitmap = await createImageBitmap(await (await fetch(url)).blob());
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, bitmap.width, bitmap.height);
  };
  const [mine, first, ...others] = await Promise.all(urls.map(read));
  const differs = (one, other, left, top) => {
    let sum = 0, count = 0;
    for (let y = top; y < Math.min(top + TILE, one.height, other.height); y++)
      for (let x = left; x < Math.min(left + TILE, one.width, other.width); x++, count++)
        for (let channel = 0, at = 4 * (y * one.width + x); channel < 3; channel++)
          sum += Math.abs(one.data[at + channel] - other.data[at + channel]);
    return sum > MOST * count;
  };
  let all = 0, different = 0;
  for (let top = 0; top < first.height; top += TILE)
    for (let left = 0; left < first.width; left += TILE) {
      if (others.some(other => differs(first, other, left, top))) continue;
      all++;
      if (differs(first, mine, left, top)) different++;
    }
  return all ? different / all : 0;
}
