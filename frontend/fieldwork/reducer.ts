// A worker that reduces one photo; null where the browser cannot read it.
const LONGEST = 1600; // as in photos.ts: a worker of its own shares no chunk with the page
const QUALITY = 0.85;

onmessage = async ({ data }: MessageEvent<File>) => {
  try {
    const picture = await createImageBitmap(data, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = new OffscreenCanvas(Math.round(picture.width * scale), Math.round(picture.height * scale));
    canvas.getContext("2d")!.drawImage(picture, 0, 0, canvas.width, canvas.height);
    postMessage(await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY }));
  } catch {
    postMessage(null);
  }
};
