import { serveFrames } from '../serve-frames.ts';
import { renderStored } from './stored-frame.ts';

serveFrames(renderStored);
